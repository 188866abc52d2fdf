//! Fast text conversion of numbers and times; `format!` would cost more than the rest of the row.

use chrono::{DateTime, Datelike as _, Utc};

/// A buffer to which text is appended.
pub(crate) trait Digits {
    fn put(&mut self, text: &[u8]);
}

impl Digits for Vec<u8> {
    #[inline]
    fn put(&mut self, text: &[u8]) {
        self.extend_from_slice(text);
    }
}

/// A number or time in memory of its own. What exceeds 32 bytes is left out: no number or time does.
#[derive(Debug, Default)]
pub(crate) struct Short {
    bytes: [u8; 32],
    length: usize,
}

impl Short {
    pub(crate) fn as_str(&self) -> &str {
        // The text is ASCII.
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Digits for Short {
    #[inline]
    fn put(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(text);
            self.length = end;
        }
    }
}

/// Appends an integer.
pub(crate) fn push_integer(out: &mut impl Digits, number: i64) {
    if number < 0 {
        out.put(b"-");
    }
    push_unsigned(out, number.unsigned_abs());
}

/// Appends an amount in minor units as a decimal with two places.
pub(crate) fn push_decimal(out: &mut impl Digits, minor: i64) {
    if minor < 0 {
        out.put(b"-");
    }
    let minor = minor.unsigned_abs();
    push_unsigned(out, minor / 100);
    out.put(b".");
    out.put(&PAIRS[(minor % 100) as usize]);
}

/// Appends a time such as `2026-01-31T23:59:59.000001`, with the byte `between` in place of the T.
pub(crate) fn push_time(out: &mut impl Digits, micros: i64, between: u8) {
    const DAY: i64 = 86_400_000_000;
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let micros = micros.rem_euclid(DAY) as u64;
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let pair = |number: u64| PAIRS[(number % 100) as usize];
    let mut text = *b"0000-00-00T00:00:00.000000";
    let mut put = |at: usize, digits: [u8; 2]| text[at..at + 2].copy_from_slice(&digits);
    put(0, pair(year / 100));
    put(2, pair(year));
    put(5, pair(month));
    put(8, pair(day));
    put(11, pair(seconds / 3600));
    put(14, pair(seconds / 60 % 60));
    put(17, pair(seconds % 60));
    put(20, pair(micros / 10_000));
    put(22, pair(micros / 100));
    put(24, pair(micros));
    text[10] = between;
    out.put(&text);
}

/// Appends a time as in JSON, with as many digits of the second as it needs: none, three or six, as
/// `2026-01-31T23:59:59.500Z`. False, and nothing is written, for a time without this form.
pub(crate) fn push_json_time(out: &mut impl Digits, time: DateTime<Utc>) -> bool {
    const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;
    let nanos = time.timestamp_subsec_nanos();
    if !nanos.is_multiple_of(1_000) || nanos >= 1_000_000_000 || !YEARS.contains(&time.year()) {
        return false;
    }
    let mut text = Short::default();
    push_time(&mut text, time.timestamp_micros(), b'T');
    let kept = match nanos {
        0 => "2026-01-31T23:59:59".len(),
        _ if nanos.is_multiple_of(1_000_000) => "2026-01-31T23:59:59.500".len(),
        _ => text.length,
    };
    out.put(&text.bytes[..kept]);
    out.put(b"Z");
    true
}

fn push_unsigned(out: &mut impl Digits, mut number: u64) {
    let mut text = [0; 20];
    let mut start = text.len();
    while number >= 100 {
        start -= 2;
        text[start..start + 2].copy_from_slice(&PAIRS[(number % 100) as usize]);
        number /= 100;
    }
    if number >= 10 {
        start -= 2;
        text[start..start + 2].copy_from_slice(&PAIRS[number as usize]);
    } else {
        start -= 1;
        text[start] = b'0' + number as u8;
    }
    out.put(&text[start..]);
}

/// The texts `00` to `99`.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    pairs
};

/// Year, month and day of a day counted from 1970-01-01. Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (years from March, in eras of 400 years).
const fn civil(day: i64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097) as u64;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = era * 400 + year_of_era as i64 + (month <= 2) as i64;
    (if year < 0 { 0 } else { year as u64 }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_read_as_the_formatter_writes_them() {
        for number in [0, 9, 10, 99, 100, 101, 12_345, -1, -10, -987_654_321, i64::MAX, i64::MIN] {
            assert_eq!(text(|out| push_integer(out, number)), number.to_string());
            assert_eq!(text(|out| push_decimal(out, number)), crate::Money::from_minor(number).to_string());
        }
    }

    #[test]
    fn times_in_json_read_as_chrono_writes_them() {
        let seconds = [-62_167_219_200, -1, 0, 951_782_400, 1_772_452_800, 253_402_300_799];
        for second in seconds {
            for nanos in [0, 500_000_000, 999_000_000, 1_000, 999_999_000, 120_000] {
                let time = DateTime::from_timestamp(second, nanos).unwrap();
                let mut out = Vec::new();
                assert!(push_json_time(&mut out, time));
                assert_eq!(format!("\"{}\"", String::from_utf8(out).unwrap()), serde_json::to_string(&time).unwrap());
            }
        }
        for (second, nanos) in [(0, 1), (59, 1_000_000_000), (253_402_300_800, 0), (-62_167_219_201, 0)] {
            let mut out = Vec::new();
            assert!(!push_json_time(&mut out, DateTime::from_timestamp(second, nanos).unwrap()) && out.is_empty());
        }
    }

    #[test]
    fn times_read_as_the_formatter_writes_them() {
        let mut micros = -62_135_596_800_000_000; // 0001-01-01
        while micros < 253_402_300_799_999_999 {
            let time = chrono::DateTime::from_timestamp_micros(micros).unwrap();
            let expected = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
            assert_eq!(text(|out| push_time(out, micros, b' ')), expected);
            micros += 11_111_111_111_111 * 7;
        }
    }
}
