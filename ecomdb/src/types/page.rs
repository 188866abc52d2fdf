//! Keyset pagination: each page starts after the last row of the previous one, at a constant cost, even if rows were
//! inserted or deleted meanwhile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Invalid;
use super::keyset::SortKey;
use super::setters::setters;

/// Maximum number of rows: 1 to 1000, 50 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit(i64);

impl Limit {
    /// Largest limit.
    pub const MAX: i64 = 1000;
    /// As many rows as one page can have.
    pub(crate) const LARGEST: Self = Self(Self::MAX);
    /// No limit, for internal readers that do not keep the rows.
    pub(crate) const ALL: Self = Self(i64::MAX);

    /// A limit of `rows`.
    ///
    /// # Errors
    /// [`Invalid`] (`limit`) outside 1 to [`Limit::MAX`].
    pub fn new(rows: i64) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&rows) {
            Ok(Self(rows))
        } else {
            Err(Invalid::new("limit", format!("must be a whole number from 1 to {}, not {rows}", Self::MAX)))
        }
    }

    /// The limit as a number.
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

/// Opaque position in a list. Take it from [`Page::next`], and pass it to the same list.
///
/// A cursor holds the id of the last row, the sort value if the list is sorted, and the list with its filters and
/// sorting. Other lists refuse it. It is kept as text:
///
/// ```
/// # use ecomdb::{Cursor, Database, Limit, PageRequest};
/// # let db = Database::open(":memory:")?;
/// # for name in ["Lamps", "Chairs"] { db.categories().create(name)?; }
/// let first = db.categories().list(&PageRequest::default().limit(Limit::new(1)?))?;
/// let text = first.next.expect("there are two").to_string();
/// let rest = db.categories().list(&PageRequest::default().after(text.parse()?))?;
/// assert_eq!(rest.items[0].name, "Chairs");
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
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

impl TryFrom<String> for Cursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
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

/// Decodes hexadecimal UTF-8. Rejects control characters, which no stored name has; PostgreSQL does not accept NUL.
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

/// Identity of a list: its name, and the filters and sorting that determine its rows.
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

/// Request for a page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PageRequest {
    /// Maximum number of rows.
    pub limit: Limit,
    /// Position after which the page starts; `None` for the first page.
    pub after: Option<Cursor>,
}

setters! {
    PageRequest { value limit: Limit, some after: Cursor }
}

impl PageRequest {
    /// Id after which the page starts.
    pub(crate) fn start(&self, list: impl Into<List>) -> Result<Option<i64>, Invalid> {
        Ok(self.cursor(list)?.map(|cursor| cursor.after))
    }

    /// Sort value and id after which the page starts.
    pub(crate) fn start_by<K: SortKey>(&self, list: impl Into<List>) -> Result<Option<(K, i64)>, Invalid> {
        let Some(cursor) = self.cursor(list)? else { return Ok(None) };
        let key = cursor.key.as_deref().and_then(K::from_text).ok_or_else(not_of_this_list)?;
        Ok(Some((key, cursor.after)))
    }

    fn cursor(&self, list: impl Into<List>) -> Result<Option<&Cursor>, Invalid> {
        let list = list.into();
        match &self.after {
            Some(cursor) if cursor.list == list.name && cursor.conditions == list.conditions => Ok(Some(cursor)),
            Some(_) => Err(not_of_this_list()),
            None => Ok(None),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// Rows, in the order of the list.
    pub items: Vec<T>,
    /// Position of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from up to `limit` + 1 rows; the extra row shows that there is a next page.
    pub(crate) fn of(rows: Vec<T>, request: &PageRequest, list: impl Into<List>, id: impl FnOnce(&T) -> i64) -> Self {
        Self::sorted(rows, request, list, |last| (None, id(last)))
    }

    /// The page with each row converted.
    pub(crate) fn map<R>(self, convert: impl FnMut(T) -> R) -> Page<R> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }

    /// Like [`Page::of`], for a list sorted by a key and the id; `place` returns both.
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
