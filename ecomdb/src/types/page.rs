//! Keyset pagination: each page begins where the last one ended, however far that is and whatever came in between.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Invalid, Result};

/// How many rows at the most: 1 to 1000, 50 unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(i64);

impl Limit {
    /// The most rows that one page can have.
    pub const MAX: i64 = 1000;
    /// All of them: for those who do not keep what they read.
    pub(crate) const ALL: Self = Self(i64::MAX);

    /// So many rows.
    ///
    /// # Errors
    /// [`Invalid`] (`limit`) outside of 1 to [`Limit::MAX`].
    pub fn new(rows: i64) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&rows) {
            Ok(Self(rows))
        } else {
            Err(Invalid::new("limit", format!("must be a whole number from 1 to {}, not {rows}", Self::MAX)))
        }
    }

    /// The number of rows.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Where a page begins. Opaque: take it from [`Page::next`] and hand it back to the same list.
///
/// It names its list, so that the cursor of one list is not taken for that of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Cursor {
    list: String,
    after: i64,
}

impl Cursor {
    pub(crate) fn new(list: &'static str, after: impl Into<i64>) -> Self {
        Self { list: list.to_owned(), after: after.into() }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.list, self.after)
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

impl FromStr for Cursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("cursor", "must be a cursor that a page of this list gave");
        let (list, after) = text.rsplit_once('-').ok_or_else(invalid)?;
        let after = i64::from_str_radix(after, 16).ok().filter(|id| *id >= 0).ok_or_else(invalid)?;
        Ok(Self { list: list.to_owned(), after })
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many rows at the most.
    pub limit: Limit,
    /// Where to begin; `None` is the beginning.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first page, of so many rows.
    #[must_use]
    pub const fn first(limit: Limit) -> Self {
        Self { limit, after: None }
    }

    /// The id after which the page begins.
    pub(crate) fn start(&self, list: &'static str) -> Result<Option<i64>> {
        match &self.after {
            Some(cursor) if cursor.list == list => Ok(Some(cursor.after)),
            Some(_) => Err(Error::invalid("cursor", "must be a cursor that a page of this list gave")),
            None => Ok(None),
        }
    }
}

/// Some rows of a list, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of rows of which one more than the limit was asked for: the extra one tells that there are more.
    pub(crate) fn of(mut rows: Vec<T>, request: &PageRequest, list: &'static str, id: impl FnOnce(&T) -> i64) -> Self {
        let limit = request.limit.get() as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| Cursor::new(list, id(last)));
        Self { items: rows, next }
    }
}
