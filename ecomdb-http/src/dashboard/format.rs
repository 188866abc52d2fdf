//! Numbers, money and times for people. All are computed with integers.
//!
//! Templates pass their values as references, references to references, or values, so each function takes a trait that
//! all of these implement.

use askama::filters::Safe;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, Timelike, Utc};
use ecomdb::{Money, TimeZone};

use super::digits::decimal;

/// Declares a trait that a type and all references to it implement.
macro_rules! values {
    ($($(#[$doc:meta])* $trait:ident::$method:ident -> $type:ty { $($of:ty => $convert:expr),+ $(,)? })+) => {$(
        $(#[$doc])*
        pub(crate) trait $trait {
            fn $method(&self) -> $type;
        }

        impl<T: $trait + ?Sized> $trait for &T {
            fn $method(&self) -> $type {
                T::$method(*self)
            }
        }

        $(impl $trait for $of {
            fn $method(&self) -> $type {
                $convert(*self)
            }
        })+
    )+};
}

values! {
    /// An amount of money.
    Amount::amount -> Money { Money => std::convert::identity }
    /// A whole number.
    Number::number -> i64 {
        i64 => std::convert::identity,
        i32 => i64::from,
        u32 => i64::from,
        usize => saturated,
        u64 => saturated,
    }
    /// An instant.
    Moment::moment -> DateTime<Utc> { DateTime<Utc> => std::convert::identity }
    /// A time zone.
    Zone::zone -> TimeZone { TimeZone => std::convert::identity }
    /// A calendar day.
    Day::date -> NaiveDate { NaiveDate => std::convert::identity }
}

fn saturated(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// `1,234.50`, or `−1,234.50`.
pub(crate) fn money(amount: impl Amount) -> String {
    decimal(amount.amount().minor().into(), 2)
}

/// `10,000`, or `−10,000`.
pub(crate) fn count(number: impl Number) -> String {
    decimal(number.number().into(), 0)
}

/// `9,999`; or `10,000+` if counting stopped there.
pub(crate) fn count_up_to(number: impl Number, is_more: bool) -> String {
    format!("{}{}", count(number), if is_more { "+" } else { "" })
}

/// `1 order`, `2 orders`, `10,000 orders`.
pub(crate) fn counted(number: impl Number, one: &str, many: &str) -> String {
    let number = number.number();
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A difference with its sign: `+3`, `−3`, `0`.
pub(crate) fn difference(number: impl Number) -> String {
    let number = number.number();
    format!("{}{}", if number > 0 { "+" } else { "" }, count(number))
}

/// A day: `31 Jan 2026`.
pub(crate) fn day(day: impl Day) -> String {
    let day = day.date();
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

/// An instant as a day in the zone: `<time datetime="...">31 Jan 2026</time>`.
pub(crate) fn date(zone: impl Zone, moment: impl Moment) -> Safe<String> {
    let (zone, moment) = (zone.zone(), moment.moment());
    element(moment, &day(zone.local(moment).date()))
}

/// An instant in the zone, to the minute: `<time datetime="...">31 Jan 2026, 18:05</time>`.
pub(crate) fn time(zone: impl Zone, moment: impl Moment) -> Safe<String> {
    let (zone, moment) = (zone.zone(), moment.moment());
    element(moment, &minute(zone.local(moment)))
}

/// How many days ago an instant is, by the calendar of the zone: `today`, `yesterday`, `3 days ago`, `in 2 days`.
pub(crate) fn ago(zone: impl Zone, now: impl Moment, moment: impl Moment) -> Safe<String> {
    let (zone, now, moment) = (zone.zone(), now.moment(), moment.moment());
    let local = zone.local(moment);
    let words = relative((zone.local(now).date() - local.date()).num_days());
    let (machine, title) = (rfc3339(moment), minute(local));
    Safe(format!("<time datetime=\"{machine}\" title=\"{title}\">{words}</time>"))
}

fn relative(days: i64) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        -1 => "tomorrow".to_owned(),
        2.. => format!("{} days ago", count(days)),
        _ => format!("in {} days", count(days.saturating_neg())),
    }
}

fn element(moment: DateTime<Utc>, words: &str) -> Safe<String> {
    Safe(format!("<time datetime=\"{}\">{words}</time>", rfc3339(moment)))
}

fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn minute(local: NaiveDateTime) -> String {
    format!("{}, {:02}:{:02}", day(local.date()), local.hour(), local.minute())
}

/// The short name of a month from 1 to 12.
pub(crate) fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.get(month.wrapping_sub(1) as usize).copied().unwrap_or_default()
}

/// The name of a field as people read it: `Reorder level` for `reorder_level`, `Category` for `category_id`.
pub(crate) fn label(field: impl AsRef<str>) -> String {
    let field = field.as_ref();
    let words = field.strip_suffix("_id").unwrap_or(field).replace('_', " ");
    match words.as_str() {
        "sku" => "SKU".to_owned(),
        "email" => "E-mail address".to_owned(),
        _ => {
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_separators_two_places_and_a_true_minus() {
        for (minor, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (-5, "−0.05"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (-123_456_789, "−1,234,567.89"),
            (i64::MAX, "92,233,720,368,547,758.07"),
            (i64::MIN, "−92,233,720,368,547,758.08"),
        ] {
            assert_eq!(money(Money::from_minor(minor)), text);
            let reference = &Money::from_minor(minor);
            assert_eq!(money(reference), text);
        }
    }

    #[test]
    fn counts_have_separators_and_say_where_counting_stopped() {
        assert_eq!((count(0_i64), count(999_usize), count(1_000_u64)), ("0".into(), "999".into(), "1,000".into()));
        assert_eq!((count_up_to(9_999_i64, false), count_up_to(10_000_i64, true)), ("9,999".into(), "10,000+".into()));
        assert_eq!(
            (counted(1_i64, "order", "orders"), counted(0_i64, "order", "orders")),
            ("1 order".into(), "0 orders".into())
        );
        let differences = [1_200_i64, 0, -3].map(difference);
        assert_eq!(differences, ["+1,200", "0", "−3"]);
    }

    #[test]
    fn fields_are_named_in_words() {
        let labels = ["name", "category_id", "reorder_level", "sku", "id", ""].map(label);
        assert_eq!(labels, ["Name", "Category", "Reorder level", "SKU", "Id", ""]);
    }

    #[test]
    fn times_are_those_of_the_zone_and_of_machines() {
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        let moment: DateTime<Utc> = "2026-01-31T23:05:59Z".parse().unwrap();
        assert_eq!(date(berlin, moment).0, "<time datetime=\"2026-01-31T23:05:59Z\">1 Feb 2026</time>");
        assert_eq!(time(berlin, moment).0, "<time datetime=\"2026-01-31T23:05:59Z\">1 Feb 2026, 00:05</time>");
        assert_eq!(day(NaiveDate::from_ymd_opt(2026, 12, 9).unwrap()), "9 Dec 2026");
    }

    #[test]
    fn days_are_counted_by_the_calendar_of_the_zone() {
        let tokyo: TimeZone = "Asia/Tokyo".parse().unwrap();
        let now: DateTime<Utc> = "2026-03-10T15:30:00Z".parse().unwrap();
        for (moment, words) in [
            ("2026-03-10T15:00:00Z", "today"),
            ("2026-03-10T14:59:59Z", "yesterday"),
            ("2026-03-08T15:00:00Z", "2 days ago"),
            ("2022-03-10T15:00:00Z", "1,461 days ago"),
            ("2026-03-11T15:00:00Z", "tomorrow"),
            ("2026-03-13T00:00:00Z", "in 2 days"),
        ] {
            let moment: DateTime<Utc> = moment.parse().unwrap();
            let element = ago(tokyo, now, moment).0;
            assert!(element.ends_with(&format!(">{words}</time>")), "{element}");
        }
    }
}
