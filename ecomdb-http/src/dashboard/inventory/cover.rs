//! How long a stock lasts.

use chrono::{DateTime, Days, NaiveTime, Utc};
use ecomdb::{Period, SellThrough};

use crate::dashboard::chart::{Markup, cover};
use crate::dashboard::format::{count, counted};

/// Number of days over which average daily sales are measured.
pub(in crate::dashboard) const MEASURED: u64 = 30;
/// A stock with fewer days of cover needs attention.
const SOON: i64 = 7;
/// Days of cover that fill the bar.
const FULL: i64 = 60;

/// Days of cover as words and as a bar.
#[derive(Debug)]
pub(in crate::dashboard) struct Cover {
    pub(in crate::dashboard) words: String,
    pub(in crate::dashboard) bar: Markup,
    /// Units that were sold.
    pub(in crate::dashboard) sold: String,
}

impl Cover {
    pub(in crate::dashboard) fn of(sales: &SellThrough) -> Self {
        // Whole days; a float of this size holds them exactly.
        let days = sales.days_of_cover.floor().min(1e9) as i64;
        let words = match days {
            0 if sales.stock == 0 => "None".to_owned(),
            0 => "Less than a day".to_owned(),
            1..=365 => counted(days, "day", "days"),
            _ => "Over a year".to_owned(),
        };
        Self { words, bar: cover(days, SOON, FULL), sold: count(sales.units_sold) }
    }
}

/// The whole days (UTC) over which sales are measured, up to now.
pub(in crate::dashboard) fn recent(now: DateTime<Utc>) -> Period {
    let first = now.date_naive().checked_sub_days(Days::new(MEASURED)).unwrap_or_default();
    // The clock is after 1970.
    Period::new(Some(first.and_time(NaiveTime::MIN).and_utc()), None).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ecomdb::SellThrough;

    use super::*;

    fn sales(stock: i64, days: f64) -> SellThrough {
        let json = serde_json::json!({
            "product_id": 1, "product_name": "Lamp", "units_sold": 1200, "stock": stock, "sell_through": 0.5,
            "days_of_cover": days
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn cover_is_told_in_whole_days() {
        for (stock, days, words) in [
            (0, 0.0, "None"),
            (3, 0.9, "Less than a day"),
            (3, 1.99, "1 day"),
            (3, 365.9, "365 days"),
            (3, 366.0, "Over a year"),
            (i64::MAX, f64::MAX, "Over a year"),
        ] {
            assert_eq!(Cover::of(&sales(stock, days)).words, words);
        }
        assert_eq!(Cover::of(&sales(3, 9.5)).sold, "1,200");
        assert!(Cover::of(&sales(3, 7.5)).bar.to_string().contains("is-bad"));
        assert!(!Cover::of(&sales(3, 8.0)).bar.to_string().contains("is-bad"));
    }

    #[test]
    fn sales_are_measured_over_whole_days() {
        let now = "2026-03-31T15:00:00Z".parse().unwrap();
        assert_eq!(recent(now).to_string(), "2026-03-01T00:00:00Z to open");
    }
}
