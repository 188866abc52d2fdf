//! Search by words.
//!
//! The words of a row are folded here, in the same way on every engine, and kept as terms in a table of their own. A
//! search folds its words likewise, and finds the rows that have a term for each.

mod candidates;
mod query;
mod terms;
mod tokens;
mod upkeep;

pub(crate) use self::candidates::{Candidates, candidates, candidates_to_count, found};
pub(crate) use self::terms::{Term, of_product, of_user};
pub(crate) use self::upkeep::{Comparison, add_to, compare, rebuild_some, remove_from, rewrite, write};

/// The terms of one kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    Users,
    Products,
}

impl Index {
    pub(crate) const ALL: [Self; 2] = [Self::Users, Self::Products];

    const fn table(self) -> &'static str {
        match self {
            Self::Users => "user_terms",
            Self::Products => "product_terms",
        }
    }

    /// The column with the id of the row.
    const fn key(self) -> &'static str {
        match self {
            Self::Users => "user_id",
            Self::Products => "product_id",
        }
    }
}
