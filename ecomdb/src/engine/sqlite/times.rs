//! Times as fixed-width text, which sorts chronologically.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Timestamp;
use diesel::sqlite::Sqlite;

use crate::types::decimal::push_time;
use crate::types::time::Stamp;

impl ToSql<Timestamp, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text_of(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match time_of(value.read_text().as_bytes()) {
            Some(time) => Ok(Self(time)),
            // Another time format of SQLite, written by another program.
            None => FromSql::<Timestamp, Sqlite>::from_sql(value).map(Self),
        }
    }
}

/// Earliest and latest time in the fixed-width format, in microseconds since 1970.
const FORM: std::ops::RangeInclusive<i64> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// Format: `2026-01-31 23:59:59.000001`.
fn text_of(time: NaiveDateTime) -> String {
    let micros = time.and_utc().timestamp_micros().clamp(*FORM.start(), *FORM.end());
    let mut text = Vec::with_capacity(26);
    push_time(&mut text, micros, b' ');
    // The text is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// Parses the fixed-width format; `None` for any other.
fn time_of(text: &[u8]) -> Option<NaiveDateTime> {
    let [year, month, day, hour, minute, second, micro] = numbers(text)?;
    NaiveDate::from_ymd_opt(year as i32, month, day)?.and_hms_micro_opt(hour, minute, second, micro)
}

/// Microseconds since 1970, from any format that Diesel reads.
#[inline]
pub(crate) fn micros_of(text: &[u8]) -> Option<i64> {
    match numbers(text) {
        Some([year, month, day, hour @ 0..24, minute @ 0..60, second @ 0..60, micro]) => {
            let seconds = days_of(year, month, day)? * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
            Some(seconds * 1_000_000 + i64::from(micro))
        }
        _ => time_of_other_form(text).map(|time| time.and_utc().timestamp_micros()),
    }
}

/// Days since 1970-01-01; `None` for an invalid date. Algorithm: `days_from_civil` of
/// <https://howardhinnant.github.io/date_algorithms.html>, with years from March, so that a leap day is the last day of
/// its year. Exports parse several dates per row, and chrono takes twice as long.
#[inline]
fn days_of(year: u32, month: u32, day: u32) -> Option<i64> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    // Days from 0000-03-01 to 1970-01-01.
    const ERA: i64 = 719_468;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = DAYS.get((month as usize).wrapping_sub(1))? + u32::from(leap && month == 2);
    if !(1..=last).contains(&day) {
        return None;
    }
    // January and February belong to the year before, so 400 years (146,097 days) are added to keep the year positive.
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(i64::from(days) - 146_097 - ERA)
}

/// Year, month, day, hour, minute, second and microsecond of a text in the fixed-width format.
#[inline]
fn numbers(text: &[u8]) -> Option<[u32; 7]> {
    const DIGIT: u64 = 0xFF;
    const PAIR: u64 = 0xFFFF;
    let text: &[u8; 26] = text.try_into().ok()?;
    let date = pairs(text[..8].first_chunk()?, PAIR | PAIR << 16 | PAIR << 40)?;
    let clock = pairs(text[8..].first_chunk()?, PAIR | PAIR << 24 | PAIR << 48)?;
    let seconds = pairs(text[16..].first_chunk()?, PAIR << 8)?;
    let micros = pairs(text[18..].first_chunk()?, DIGIT | PAIR << 16 | PAIR << 32 | PAIR << 48)?;
    let at = |pairs: u64, place: u32| (pairs >> (8 * place)) as u32 & 0xFF;
    let year = at(date, 0) * 100 + at(date, 2);
    let micro = (at(micros, 2) * 100 + at(micros, 4)) * 100 + at(micros, 6);
    Some([year, at(date, 5), at(clock, 0), at(clock, 3), at(clock, 6), at(seconds, 1), micro])
}

/// Parses eight characters at once. The mask selects the digits; each pair of digits becomes a number at the place of
/// the first. `None` if a selected character is not a digit.
#[inline]
fn pairs(text: &[u8; 8], mask: u64) -> Option<u64> {
    const ZEROS: u64 = u64::from_ne_bytes(*b"00000000");
    const SIXES: u64 = 0x0606_0606_0606_0606;
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    let digits = (u64::from_le_bytes(*text) ^ ZEROS) & mask;
    let more_than_nine = (digits | digits.wrapping_add(SIXES)) & HIGH;
    (more_than_nine == 0).then(|| digits * 10 + (digits >> 8))
}

/// Parses the other time formats of SQLite.
#[cold]
fn time_of_other_form(text: &[u8]) -> Option<NaiveDateTime> {
    const FORMS: [&str; 12] = [
        "%F %T%.f",
        "%FT%T%.f",
        "%F %T%.fZ",
        "%FT%T%.fZ",
        "%F %T%.f%:z",
        "%FT%T%.f%:z",
        "%F %R",
        "%FT%R",
        "%F %RZ",
        "%FT%RZ",
        "%F %R%:z",
        "%FT%R%:z",
    ];
    let text = str::from_utf8(text).ok()?;
    FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, SqliteConnection};

    use super::*;
    use crate::engine::sql;

    #[test]
    fn times_are_written_and_read_to_the_microsecond() {
        for text in ["1970-01-01 00:00:00.000000", "2026-01-31 23:59:59.000001", "9999-12-31 09:08:07.999999"] {
            let time = time_of(text.as_bytes()).unwrap();
            assert_eq!(text_of(time), text);
            assert_eq!(micros_of(text.as_bytes()), Some(time.and_utc().timestamp_micros()));
        }
    }

    #[test]
    fn other_forms_are_left_to_diesel() {
        for text in ["2026-01-31 23:59:59", "2026-01-31T23:59:59+00:00     ", "2026-02-30 00:00:00.000000", ""] {
            assert_eq!(time_of(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for year in (0..10_000).step_by(7).chain(1890..2110) {
            for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let date = NaiveDate::from_ymd_opt(year as i32, month, day);
                let days = date.map(|date| date.signed_duration_since(NaiveDate::default()).num_days());
                assert_eq!(days_of(year, month, day), days, "{year}-{month}-{day}");
            }
        }
    }

    #[test]
    fn a_character_that_is_no_digit_is_found_wherever_it_is() {
        let time = *b"2026-01-31 23:59:59.000001";
        for place in (0..26).filter(|place| time[*place].is_ascii_digit()) {
            for other in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = time;
                text[place] = other;
                assert_eq!(time_of(&text), None, "{other} at {place}");
            }
        }
    }

    /// Exports read every format that Diesel reads.
    #[test]
    fn an_export_reads_the_other_forms_as_diesel_does() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        for text in [
            "2026-01-31 23:59:59.000001",
            "2026-01-31T23:59:59.000001",
            "2026-01-31 23:59:59",
            "2026-01-31T23:59:59Z",
            "2026-01-31 23:59:59.5",
            "2026-01-31T23:59:59.123456789Z",
            "2026-01-31 23:59",
            "2026-01-31T23:59Z",
            "2026-01-31 23:59:59.123Z",
            "2026-01-31 23:59:59+02:00",
            "2026-01-31 24:00:00.000000",
            "2026-02-30 00:00",
            "",
        ] {
            let query = sql(format!("SELECT '{text}'"));
            let diesel = query.one_on::<Timestamp, Stamp, _>(&mut conn).ok();
            assert_eq!(micros_of(text.as_bytes()), diesel.map(|time| time.0.and_utc().timestamp_micros()), "{text}");
        }
    }
}
