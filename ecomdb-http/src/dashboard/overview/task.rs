//! Tasks: unpaid orders, and products that run out.

use ecomdb::{Limit, RowCount};

use super::reading::Waiting;
use crate::dashboard::format::count_up_to;

/// A task for the staff.
#[derive(Debug)]
pub(super) struct Task {
    /// An icon of the sprite.
    pub(super) icon: &'static str,
    pub(super) count: String,
    pub(super) words: &'static str,
    /// Address of the list with the rows.
    pub(super) href: &'static str,
}

/// Days of cover below which a product needs attention.
const DAYS: f64 = 7.0;

/// The tasks that have rows.
pub(super) fn tasks(waiting: &Waiting) -> Vec<Task> {
    let soon = waiting.cover.iter().filter(|product| product.days_of_cover < DAYS).count();
    let tasks = [
        (of_count(waiting.unpaid), ["order is unpaid", "orders are unpaid"], "receipt-text", "/orders?tab=unpaid"),
        (
            of_count(waiting.part_paid),
            ["order is paid in part", "orders are paid in part"],
            "contrast",
            "/orders?tab=part-paid",
        ),
        (of_count(waiting.late), ["payment came too late", "payments came too late"], "undo-2", "/payments/late"),
        (
            of_report(waiting.low.len()),
            ["product is at or below its reorder level", "products are at or below their reorder level"],
            "package",
            "/inventory?show=low",
        ),
        (
            of_report(soon),
            ["product has less than 7 days of cover", "products have less than 7 days of cover"],
            "clock",
            "/inventory?show=soon",
        ),
    ];
    let present = tasks.into_iter().filter(|((number, _), ..)| *number > 0);
    present
        .map(|((number, is_more), words, icon, href)| Task {
            icon,
            count: count_up_to(number, is_more),
            words: words[usize::from(number != 1)],
            href,
        })
        .collect()
}

/// A number of orders, and whether there are more.
const fn of_count(count: RowCount) -> (i64, bool) {
    (count.at_least(), !count.is_exact())
}

/// A number of rows of a report, and whether there are more.
const fn of_report(rows: usize) -> (i64, bool) {
    (rows as i64, rows as i64 == Limit::MAX)
}
