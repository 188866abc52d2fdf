//! Keyset pagination: each page starts after the last row of the previous one, or ends before the first row of the next
//! one, at a constant cost, even if rows were inserted or deleted meanwhile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::keyset::SortKey;
use super::setters::setters;
use super::{Invalid, in_range};

/// Maximum number of rows: 1 to 1000, 50 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit(i64);

impl Limit {
    /// Largest limit.
    pub const MAX: i64 = 1000;
    /// A single row.
    pub(crate) const ONE: Self = Self(1);
    /// As many rows as one page can have if each is an order in detail, which can have 500 items.
    pub(crate) const DETAILED: Self = Self(100);
    /// As many rows as one page can have.
    pub(crate) const LARGEST: Self = Self(Self::MAX);
    /// No limit, for internal readers that do not keep the rows.
    pub(crate) const ALL: Self = Self(i64::MAX);

    /// A limit of `rows`.
    ///
    /// # Errors
    /// [`Invalid`] (`limit`) outside 1 to [`Limit::MAX`].
    pub fn new(rows: i64) -> Result<Self, Invalid> {
        in_range("limit", rows, 1..=Self::MAX).map(Self)
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

/// Opaque position in a list. Take it from [`Page::next`] or [`Page::previous`], and pass it to the same list.
///
/// A cursor holds the id of a row, the sort value if the list is sorted, and the list with its filters and
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
    id: i64,
    key: Option<String>,
}

impl Cursor {
    /// The position of a row by its sort value, if the list is sorted, and its id.
    pub(crate) fn at(List { name, conditions }: List, key: Option<String>, id: i64) -> Self {
        Self { list: name.to_owned(), conditions, id, key }
    }

    /// The position that is `by` ids further. No row lies between neighbouring ids.
    fn shifted(&self, by: i64) -> Self {
        Self { id: self.id.saturating_add(by).max(0), ..self.clone() }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:08x}-{:x}", self.list, self.conditions, self.id)?;
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
        parse(text).ok_or_else(|| not_of_this_list("cursor"))
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.split('-');
    let list = parts.next()?.to_owned();
    let conditions = u32::from_str_radix(parts.next()?, 16).ok()?;
    let id = i64::from_str_radix(parts.next()?, 16).ok().filter(|id| *id >= 0)?;
    let key = match parts.next() {
        Some(key) => Some(text_of(key)?),
        None => None,
    };
    parts.next().is_none().then_some(Cursor { list, conditions, id, key })
}

/// Decodes hexadecimal UTF-8. Rejects control characters, which no stored name has; PostgreSQL does not accept NUL.
fn text_of(hex: &str) -> Option<String> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| (pair.len() == 2).then(|| (pair[0] << 4 | pair[1]) as u8);
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect::<Option<_>>()?;
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

fn not_of_this_list(field: &str) -> Invalid {
    Invalid::new(field, "must be a cursor that a page of this list gave, with the same filters and the same sort")
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

/// Where a page lies in its list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum PagePosition {
    /// The first page.
    #[default]
    First,
    /// The page that starts after this position.
    After(Cursor),
    /// The page that ends before this position.
    Before(Cursor),
}

/// Request for a page of a list.
///
/// ```
/// # use ecomdb::{Database, Limit, PageRequest};
/// # let db = Database::open(":memory:")?;
/// # for name in ["Lamps", "Chairs"] { db.categories().create(name)?; }
/// let one = PageRequest::default().limit(Limit::new(1)?);
/// let first = db.categories().list(&one)?;
/// let second = db.categories().list(&one.clone().after(first.next.clone().expect("there are two")))?;
/// assert_eq!(second.items[0].name, "Chairs");
///
/// let back = db.categories().list(&one.before(second.previous.expect("it is the second")))?;
/// assert_eq!(back.items, first.items);
/// assert_eq!(back.previous, None);
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PageRequest {
    /// Maximum number of rows.
    pub limit: Limit,
    /// Where the page lies; the first one by default.
    pub position: PagePosition,
}

setters! {
    PageRequest { value limit: Limit, value position: PagePosition }
}

/// Where a page is fetched from: the start of the list, or a position that `P` describes.
pub(crate) enum Edge<P> {
    First,
    After(P),
    Before(P),
}

impl<P> Edge<P> {
    pub(crate) fn map<Q>(self, change: impl FnOnce(P) -> Q) -> Edge<Q> {
        match self {
            Self::First => Edge::First,
            Self::After(position) => Edge::After(change(position)),
            Self::Before(position) => Edge::Before(change(position)),
        }
    }
}

/// Direction of a list by its sort value and its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub(crate) const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

impl PageRequest {
    /// The page that starts after this position, from [`Page::next`].
    #[must_use]
    pub fn after(self, cursor: Cursor) -> Self {
        self.position(PagePosition::After(cursor))
    }

    /// The page that ends before this position, from [`Page::previous`]. Its rows are in the order of the list, too.
    #[must_use]
    pub fn before(self, cursor: Cursor) -> Self {
        self.position(PagePosition::Before(cursor))
    }

    /// The id to fetch from.
    pub(crate) fn edge(&self, list: impl Into<List>) -> Result<Edge<i64>, Invalid> {
        self.edge_of(list.into(), |cursor| Some(cursor.id))
    }

    /// The sort value and id to fetch from.
    pub(crate) fn edge_by<K: SortKey>(&self, list: impl Into<List>) -> Result<Edge<(K, i64)>, Invalid> {
        self.edge_of(list.into(), |cursor| Some((K::from_text(cursor.key.as_deref()?)?, cursor.id)))
    }

    fn edge_of<P>(&self, list: List, read: impl Fn(&Cursor) -> Option<P>) -> Result<Edge<P>, Invalid> {
        let place = |field: &str, cursor: &Cursor| {
            let is_of_list = cursor.list == list.name && cursor.conditions == list.conditions;
            Some(cursor).filter(|_| is_of_list).and_then(&read).ok_or_else(|| not_of_this_list(field))
        };
        match &self.position {
            PagePosition::First => Ok(Edge::First),
            PagePosition::After(cursor) => place("cursor", cursor).map(Edge::After),
            PagePosition::Before(cursor) => place("before", cursor).map(Edge::Before),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// Rows, in the order of the list.
    pub items: Vec<T>,
    /// Position of the previous page, for [`PageRequest::before`]; `None` on the first page. A page that was requested
    /// with [`PageRequest::after`] always has one, and the previous page is empty if its rows were deleted meanwhile.
    pub previous: Option<Cursor>,
    /// Position of the next page, for [`PageRequest::after`]; `None` on the last page. A page that was requested with
    /// [`PageRequest::before`] always has one.
    pub next: Option<Cursor>,
}

/// A page without rows, the only one of its list.
impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), previous: None, next: None }
    }
}

impl<T> Page<T> {
    /// Makes a page from up to `limit` + 1 rows, in the order of fetching; the extra row shows that there are more.
    pub(crate) fn of(
        rows: Vec<T>,
        request: &PageRequest,
        list: impl Into<List>,
        direction: Direction,
        id: impl Fn(&T) -> i64,
    ) -> Self {
        Self::sorted(rows, request, list, direction, |row| (None, id(row)))
    }

    /// Like [`Page::of`], for a list sorted by a key and the id; `place` returns both.
    pub(crate) fn sorted(
        mut rows: Vec<T>,
        request: &PageRequest,
        list: impl Into<List>,
        direction: Direction,
        place: impl Fn(&T) -> (Option<String>, i64),
    ) -> Self {
        let list = list.into();
        let at = |row: &T| {
            let (key, id) = place(row);
            Cursor::at(list, key, id)
        };
        let limit = request.limit.get() as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        // The row at a cursor lies on the other side of it. If a page is empty, the way back includes that row.
        let forward = if direction == Direction::Ascending { 1 } else { -1 };
        let (previous, next) = match &request.position {
            PagePosition::First => (None, rows.last().filter(|_| more).map(at)),
            PagePosition::After(start) => {
                let previous = rows.first().map_or_else(|| start.shifted(forward), at);
                (Some(previous), rows.last().filter(|_| more).map(at))
            }
            PagePosition::Before(end) => {
                rows.reverse();
                let next = rows.last().map_or_else(|| end.shifted(-forward), at);
                (rows.first().filter(|_| more).map(at), Some(next))
            }
        };
        Self { items: rows, previous, next }
    }

    /// The page with each row converted.
    pub(crate) fn map<R>(self, convert: impl FnMut(T) -> R) -> Page<R> {
        let Self { items, previous, next } = self;
        Page { items: items.into_iter().map(convert).collect(), previous, next }
    }
}
