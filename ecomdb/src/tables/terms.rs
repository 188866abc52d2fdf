//! Rows of search terms that a bulk load writes. [`crate::search`] defines their contents.

use super::Relation;
use crate::engine::{Cell, Cells, Record};
use crate::search::Term;

macro_rules! terms {
    ($name:ident in $table:literal: $key:ident) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name {
            pub(crate) $key: i64,
            pub(crate) term: Term,
        }

        impl Record for $name {
            const PLACE: usize = Relation::$name as usize;
            const NAME: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[stringify!($key), "term"];

            #[inline]
            fn cells(&self, out: &mut impl Cells) {
                out.cell(Cell::Int(self.$key));
                out.cell(Cell::Text(self.term.as_str()));
                out.end_row();
            }
        }
    };
}

terms!(UserTerm in "user_terms": user_id);
terms!(ProductTerm in "product_terms": product_id);
