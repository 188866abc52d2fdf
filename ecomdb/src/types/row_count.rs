//! Counts of rows at a bounded cost.

use std::fmt;

/// Number of rows of a list, counted up to [`RowCount::MAX`], so that its cost does not grow with the list.
///
/// ```
/// use ecomdb::{Database, RowCount, UserFilter};
/// # let db = Database::open(":memory:")?;
///
/// let users = db.users().count(&UserFilter::default())?;
/// assert_eq!(users, RowCount::Exactly(0));
/// assert_eq!(users.to_string(), "0");
/// assert_eq!(RowCount::More.to_string(), "10000+");
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowCount {
    /// Exactly this many rows, at most [`RowCount::MAX`].
    Exactly(i64),
    /// More than [`RowCount::MAX`] rows.
    More,
}

impl RowCount {
    /// Largest number that is counted exactly.
    pub const MAX: i64 = 10_000;

    /// The count of rows of which at most [`RowCount::MAX`] + 1 were counted.
    pub(crate) const fn of(counted: i64) -> Self {
        if counted > Self::MAX { Self::More } else { Self::Exactly(counted) }
    }

    /// The number of rows, or [`RowCount::MAX`] if there are more.
    #[must_use]
    pub const fn at_least(self) -> i64 {
        match self {
            Self::Exactly(rows) => rows,
            Self::More => Self::MAX,
        }
    }

    /// Whether this is the number of all rows.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exactly(_))
    }
}

impl fmt::Display for RowCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Exactly(rows) = self else { return write!(f, "{}+", Self::MAX) };
        rows.fmt(f)
    }
}
