//! Value, uses and window of a voucher, as text.

use chrono::{DateTime, Utc};
use ecomdb::{TimeZone, Voucher, VoucherKind};

use crate::dashboard::format::{count, day, money};

/// `10.00 %`, or `5.00`.
pub(super) fn worth(voucher: &Voucher) -> String {
    match voucher.kind {
        VoucherKind::Percent => format!("{} %", money(voucher.value)),
        VoucherKind::Amount => money(voucher.value),
    }
}

/// `3`, or `3 of 1,000`.
pub(super) fn uses(voucher: &Voucher) -> String {
    match voucher.usage_limit {
        Some(limit) => format!("{} of {}", count(voucher.used), count(limit)),
        None => count(voucher.used),
    }
}

/// `from 1 Jun 2026 to 31 Aug 2026`; empty for a voucher without a window. The last day is the one before its end.
pub(super) fn window(voucher: &Voucher, zone: TimeZone) -> String {
    let first = voucher.starts_at.map(|start| format!("from {}", day(zone.local(start).date())));
    let last = voucher.ends_at.map(|end| format!("to {}", day(last_day(end, zone))));
    [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The day of the last moment before `end`.
pub(super) fn last_day(end: DateTime<Utc>, zone: TimeZone) -> chrono::NaiveDate {
    zone.local(end - chrono::TimeDelta::microseconds(1)).date()
}

/// Why it cannot be used now; empty if it can.
pub(super) fn state(voucher: &Voucher, now: DateTime<Utc>) -> &'static str {
    if voucher.ends_at.is_some_and(|end| end <= now) {
        "Ended"
    } else if voucher.starts_at.is_some_and(|start| start > now) {
        "Not yet"
    } else if voucher.usage_limit.is_some_and(|limit| voucher.used >= limit) {
        "Used up"
    } else {
        ""
    }
}
