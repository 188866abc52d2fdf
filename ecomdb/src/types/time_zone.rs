//! Time zones by IANA name.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Invalid, quoted};

/// A time zone by its IANA name, including daylight saving time.
///
/// ```
/// use ecomdb::TimeZone;
///
/// let berlin: TimeZone = "Europe/Berlin".parse()?;
/// assert_eq!(berlin.to_string(), "Europe/Berlin");
/// assert!("Europe/Atlantis".parse::<TimeZone>().is_err());
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeZone(Tz);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The names of all zones, in alphabetical order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The zone with this name, given in `field`.
    pub(crate) fn named(field: &str, name: &str) -> Result<Self, Invalid> {
        let zone = name.parse().map(Self);
        zone.map_err(|_| {
            Invalid::new(field, format!("must be an IANA time zone such as Europe/Berlin, not {}", quoted(name)))
        })
    }

    /// Start of a day: midnight, or the first instant after it if the clock skips midnight.
    ///
    /// ```
    /// use ecomdb::TimeZone;
    ///
    /// let berlin: TimeZone = "Europe/Berlin".parse()?;
    /// let day = chrono::NaiveDate::from_ymd_opt(2026, 7, 1).expect("a date");
    /// assert_eq!(berlin.start_of(day).to_rfc3339(), "2026-06-30T22:00:00+00:00");
    /// assert_eq!(berlin.local(berlin.start_of(day)).date(), day);
    /// # Ok::<(), ecomdb::Invalid>(())
    /// ```
    #[must_use]
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        self.utc(day.and_time(NaiveTime::MIN))
    }

    /// Local time in the zone at an instant.
    #[must_use]
    pub fn local(self, moment: DateTime<Utc>) -> NaiveDateTime {
        moment.with_timezone(&self.0).naive_local()
    }

    /// Instant of a local time. A repeated local time gives its first instant; a skipped one gives the next that
    /// exists.
    pub(crate) fn utc(self, local: NaiveDateTime) -> DateTime<Utc> {
        // No clock change has ever skipped more than a day.
        for quarter_hours in 0..=96 {
            match (local + TimeDelta::minutes(15 * quarter_hours)).and_local_timezone(self.0) {
                LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => return moment.to_utc(),
                LocalResult::None => {}
            }
        }
        local.and_utc()
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl std::str::FromStr for TimeZone {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        Self::named("tz", name)
    }
}

impl std::fmt::Display for TimeZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.name().fmt(f)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.to_string()
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        name.parse()
    }
}
