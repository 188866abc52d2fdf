//! Keyset pagination: each page begins where the last one ended, however far that is and whatever came in between.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::keyset::SortKey;
use crate::error::{Invalid, Result};

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
/// It names its list, with what the list was filtered and sorted by, and is refused by any other. In a sorted list it also
/// has what the last row was sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Cursor {
    list: String,
    conditions: u32,
    after: i64,
    key: Option<String>,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:08x}-{:x}", self.list, self.conditions, self.after)?;
        if let Some(key) = &self.key {
            f.write_str("-")?;
            key.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        }
        Ok(())
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
        parse(text).ok_or_else(not_of_this_list)
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.split('-');
    let list = parts.next()?.to_owned();
    let conditions = u32::from_str_radix(parts.next()?, 16).ok()?;
    let after = i64::from_str_radix(parts.next()?, 16).ok().filter(|id| *id >= 0)?;
    let key = match parts.next() {
        Some(key) => Some(text_of(key)?),
        None => None,
    };
    parts.next().is_none().then_some(Cursor { list, conditions, after, key })
}

/// The text whose bytes these are. (No name has control characters, and PostgreSQL would choke on NUL.)
fn text_of(hex: &str) -> Option<String> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| (pair.len() == 2).then(|| (pair[0] << 4 | pair[1]) as u8);
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect::<Option<_>>()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

fn not_of_this_list() -> Invalid {
    Invalid::new("cursor", "must be a cursor that a page of this list gave, with the same filters and the same sort")
}

/// What a cursor fits: the name of a list, and what decides which rows it has and in which order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    name: &'static str,
    conditions: u32,
}

impl List {
    pub(crate) fn new(name: &'static str, conditions: &str) -> Self {
        let digest = Sha256::digest(conditions);
        Self { name, conditions: u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) }
    }
}

impl From<&'static str> for List {
    fn from(name: &'static str) -> Self {
        Self::new(name, "")
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
    pub(crate) fn start(&self, list: impl Into<List>) -> Result<Option<i64>> {
        Ok(self.cursor(list)?.map(|cursor| cursor.after))
    }

    /// What the row is sorted by after which the page begins, and its id.
    pub(crate) fn start_by<K: SortKey>(&self, list: impl Into<List>) -> Result<Option<(K, i64)>> {
        let Some(cursor) = self.cursor(list)? else { return Ok(None) };
        let key = cursor.key.as_deref().and_then(K::from_text).ok_or_else(not_of_this_list)?;
        Ok(Some((key, cursor.after)))
    }

    fn cursor(&self, list: impl Into<List>) -> Result<Option<&Cursor>> {
        let list = list.into();
        match &self.after {
            Some(cursor) if cursor.list == list.name && cursor.conditions == list.conditions => Ok(Some(cursor)),
            Some(_) => Err(not_of_this_list().into()),
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
    pub(crate) fn of(rows: Vec<T>, request: &PageRequest, list: impl Into<List>, id: impl FnOnce(&T) -> i64) -> Self {
        Self::sorted(rows, request, list, |last| (None, id(last)))
    }

    /// Likewise, where rows are sorted by a key before their id: `place` gives both.
    pub(crate) fn sorted(
        mut rows: Vec<T>,
        request: &PageRequest,
        list: impl Into<List>,
        place: impl FnOnce(&T) -> (Option<String>, i64),
    ) -> Self {
        let limit = request.limit.get() as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let List { name, conditions } = list.into();
            let (key, after) = place(last);
            Cursor { list: name.to_owned(), conditions, after, key }
        });
        Self { items: rows, next }
    }
}
