//! The current time, and times as text: UTC, to the microsecond.

use chrono::{DateTime, Utc};
use serde::{Serialize as _, Serializer};

use super::decimal::{Short, push_json_time};
use super::settings;

/// Current time of the database whose transaction runs on this thread, truncated to microseconds.
pub(crate) fn now() -> DateTime<Utc> {
    settings::current().now()
}

/// The current time, or the latest of `earlier` if the clock is behind it. Clocks are set back and differ between
/// servers, but the times of a row must not run backwards.
pub(crate) fn now_after(earlier: impl IntoIterator<Item = DateTime<Utc>>) -> DateTime<Utc> {
    earlier.into_iter().fold(now(), DateTime::max)
}

/// Writes a time as chrono does, in a third of the time.
pub(crate) fn json_time<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = Short::default();
    match push_json_time(&mut text, *time) {
        true => serializer.serialize_str(text.as_str()),
        false => time.serialize(serializer),
    }
}

/// Like [`json_time`], for a time that may be missing.
pub(crate) fn maybe_json_time<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => json_time(time, serializer),
        None => serializer.serialize_none(),
    }
}
