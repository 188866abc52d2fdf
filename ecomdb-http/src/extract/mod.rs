//! Extractors. What cannot be extracted is answered with a problem that names it.

mod body;
mod condition;
mod integer;
mod key;
mod list;
mod message;
mod path;
mod query;
mod report;
mod secret;
mod write_body;

pub(crate) use self::body::{Json, Object, present, read_form};
pub(crate) use self::condition::{IfMatch, IfNoneMatch};
pub(crate) use self::integer::Integer;
pub(crate) use self::key::Key;
pub(crate) use self::list::{list_query, page};
pub(crate) use self::path::{Id, Second, Segment};
pub(crate) use self::query::{FromText, NoQuery, Query, entered, refusal, text};
pub(crate) use self::report::{parameters, period, question};
pub(crate) use self::secret::Secret;
pub(crate) use self::write_body::{new_body, patch_body, plain};
