//! What handlers take out of a request. What cannot be taken is answered by a problem that names it.

mod body;
mod condition;
mod key;
mod path;
mod query;
mod report;
mod secret;
mod whole;
mod words;

pub(crate) use self::body::{Json, Object, present};
pub(crate) use self::condition::{IfMatch, IfNoneMatch};
pub(crate) use self::key::Key;
pub(crate) use self::path::{Id, Word};
pub(crate) use self::query::{NoQuery, Query, page, text};
pub(crate) use self::report::{Asked, During, OverTime, Ranking, Segment, Top, period};
pub(crate) use self::secret::Secret;
pub(crate) use self::whole::Whole;
