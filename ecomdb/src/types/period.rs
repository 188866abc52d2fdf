//! The period of a report.

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};

use super::{Fields, Invalid, TimeZone, quoted};

/// A half-open period: orders placed at or after `from` and before `to`. Either end may be open. The years must be 1970
/// to 9999 as entered; a part outside of these years in UTC is cut off.
///
/// ```
/// use ecomdb::Period;
///
/// let january = Period::parse(Some("2026-01-01"), Some("2026-02-01"))?;
/// assert_eq!(january.to_string(), "2026-01-01T00:00:00Z to 2026-02-01T00:00:00Z");
/// assert_eq!(january, Period::parse(Some("2026"), Some("2026-02"))?);
/// let evening = Period::parse(Some("2026-01-01T18:00:00+01:00"), None)?;
/// assert_eq!(evening.from().unwrap().to_rfc3339(), "2026-01-01T17:00:00+00:00");
///
/// let backwards = Period::parse(Some("2026-02-01"), Some("2026-01-01")).unwrap_err();
/// assert_eq!(backwards.fields()[0].field, "from");
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Period {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Period {
    /// All of time.
    pub const ALL: Self = Self { from: None, to: None };

    /// A period from `from` (inclusive) to `to` (exclusive). Both are rounded up to the microsecond, the precision of
    /// order times.
    ///
    /// # Errors
    /// [`Invalid`] (`from`) unless it is before `to`; [`Invalid`] (`from`, `to`) outside the years 1970 to 9999.
    pub fn new(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let from = from.and_then(|from| fields.check(in_range("from", from)));
        let to = to.and_then(|to| fields.check(in_range("to", to)));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            fields.add("from", format!("must be before `to` ({}), not {}", text(to), text(from)));
        }
        fields.finish_with(|| Some(Self { from, to }))
    }

    /// Parses a period. Each end is an RFC 3339 time such as `2026-01-31T18:00:00+01:00`, or a day (`2026-01-31`), month
    /// (`2026-01`) or year (`2026`), which means its start in UTC.
    ///
    /// # Errors
    /// [`Invalid`] (`from`, `to`) for other text; and as [`Period::new`].
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, Invalid> {
        Self::parse_in(TimeZone::UTC, from, to)
    }

    /// Like [`Period::parse`], but a day, month or year means its start in the time zone.
    ///
    /// # Errors
    /// As [`Period::parse`].
    ///
    /// ```
    /// use ecomdb::Period;
    ///
    /// let summer = Period::parse_in("Europe/Berlin".parse()?, Some("2026-07-01"), Some("2026-08-01T00:00:00Z"))?;
    /// assert_eq!(summer.to_string(), "2026-06-30T22:00:00Z to 2026-08-01T00:00:00Z");
    /// # Ok::<(), ecomdb::Invalid>(())
    /// ```
    pub fn parse_in(zone: TimeZone, from: Option<&str>, to: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let from = from.map(|text| fields.check(parse_moment("from", text, zone)));
        let to = to.map(|text| fields.check(parse_moment("to", text, zone)));
        let (from, to) = fields.finish_with(|| Some((from.flatten(), to.flatten())))?;
        Self::new(from, to)
    }

    /// Start (inclusive); `None` if open.
    #[must_use]
    pub const fn from(&self) -> Option<DateTime<Utc>> {
        self.from
    }

    /// End (exclusive); `None` if open.
    #[must_use]
    pub const fn to(&self) -> Option<DateTime<Utc>> {
        self.to
    }

    /// Both ends; an open end becomes the earliest or latest time that an order can have.
    pub(crate) fn bounds(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        // 9999-12-31T00:00:00Z, which every engine can store.
        const END: i64 = 253_402_214_400;
        let end = DateTime::from_timestamp(END, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        (self.from.unwrap_or(DateTime::UNIX_EPOCH), self.to.unwrap_or(end))
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = |end: Option<DateTime<Utc>>| end.map_or_else(|| "open".to_owned(), text);
        write!(f, "{} to {}", end(self.from), end(self.to))
    }
}

fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

fn in_range(field: &'static str, moment: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
    let cut = moment.trunc_subsecs(6);
    let moment = if cut < moment { cut + chrono::TimeDelta::microseconds(1) } else { cut };
    let year = moment.year();
    if (1970..=9999).contains(&year) {
        Ok(moment)
    } else {
        Err(Invalid::new(field, format!("must lie in the years 1970 to 9999, not {year}")))
    }
}

/// The last microsecond of 9999.
fn last() -> DateTime<Utc> {
    DateTime::from_timestamp(253_402_300_799, 999_999_000).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A time entered as 1970 or 9999 can be in another year in UTC; no order can be placed there.
fn cut_to_years(typed: i32, moment: DateTime<Utc>) -> DateTime<Utc> {
    match typed {
        1970 => moment.max(DateTime::UNIX_EPOCH),
        9999 => moment.min(last()),
        _ => moment,
    }
}

fn parse_moment(field: &'static str, text: &str, zone: TimeZone) -> Result<DateTime<Utc>, Invalid> {
    if let Some(day) = first_day(text) {
        return Ok(cut_to_years(day.year(), zone.start_of(day)));
    }
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| cut_to_years(moment.year(), moment.to_utc()));
    moment.map_err(|_| {
        let allowed = "a day such as 2026-01-31, a month such as 2026-01, a year such as 2026, or a time such as \
                       2026-01-31T18:00:00Z";
        Invalid::new(field, format!("must be {allowed}, not {}", quoted(text)))
    })
}

/// The first day of a year, a month or a day: `2026`, `2026-01`, `2026-01-31`.
fn first_day(text: &str) -> Option<NaiveDate> {
    let is_in_place = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let rest = ["-01-01", "-01", ""].into_iter().find(|rest| text.len() + rest.len() == 10)?;
    let day = text.bytes().enumerate().all(is_in_place).then(|| format!("{text}{rest}"))?;
    day.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_moment_is_refused_by_the_name_of_its_field() {
        for text in [
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-1",
            "2026- 1",
            "+026",
            "2026-13-01",
            "2026-02-30",
            "2026-1-1",
            "2026-01-01T10:00",
            "yesterday",
            "1969",
            "1969-12",
            "1969-12-31",
        ] {
            let invalid = Period::parse(None, Some(text)).unwrap_err();
            assert_eq!(invalid.fields()[0].field, "to", "{text:?}");
        }
        let both = Period::parse(Some("x"), Some("y")).unwrap_err();
        assert_eq!(both.fields().iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["from", "to"]);
    }

    #[test]
    fn a_month_and_a_year_stand_for_their_first_moment_in_the_time_zone() {
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        let year = Period::parse_in(berlin, Some("2026"), Some("2026-07")).unwrap();
        assert_eq!(year.to_string(), "2025-12-31T23:00:00Z to 2026-06-30T22:00:00Z");
        assert_eq!(year, Period::parse_in(berlin, Some("2026-01-01"), Some("2026-07-01")).unwrap());
        let first = Period::parse_in(berlin, Some("1970"), Some("9999")).unwrap();
        assert_eq!(first, Period::parse_in(berlin, Some("1970-01-01"), Some("9999-01-01")).unwrap());
    }

    #[test]
    fn an_empty_period_is_refused() {
        let at = "2026-01-01T00:00:00Z";
        assert_eq!(Period::parse(Some(at), Some("2026-01-01")).unwrap_err().fields()[0].field, "from");
        assert!(Period::parse(Some(at), Some("2026-01-01T00:00:00.000001Z")).is_ok());
    }

    #[test]
    fn the_first_and_last_days_begin_in_every_time_zone() {
        for zone in ["Europe/Berlin", "Pacific/Kiritimati", "America/New_York", "UTC"] {
            let zone: TimeZone = zone.parse().unwrap();
            let period = Period::parse_in(zone, Some("1970-01-01"), Some("9999-12-31")).unwrap();
            assert!(period.from() >= Some(DateTime::UNIX_EPOCH) && period.to() <= Some(last()));
        }
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        assert_eq!(Period::parse_in(berlin, Some("1970-01-01"), None).unwrap().from(), Some(DateTime::UNIX_EPOCH));
        let typed = Period::parse(Some("1970-01-01T00:30:00+01:00"), Some("9999-12-31T23:00:00-05:00")).unwrap();
        assert_eq!((typed.from(), typed.to()), (Some(DateTime::UNIX_EPOCH), Some(last())));
        assert!(Period::parse_in(berlin, Some("1969-12-31"), None).is_err());
        assert!(Period::parse(Some("1969-12-31T23:59:59Z"), None).is_err());
    }

    #[test]
    fn fractions_of_a_microsecond_round_up() {
        let period = Period::parse(Some("2026-01-01T00:00:00.0000001Z"), None).unwrap();
        assert_eq!(period.from(), "2026-01-01T00:00:00.000001Z".parse().ok());
    }
}
