//! What is to do: unpaid orders, and products that run out.

use ecomdb::{Limit, Money};

use super::reading::Reading;
use crate::dashboard::format::{count_up_to, money};

/// Something that waits for somebody.
#[derive(Debug)]
pub(super) struct Task {
    /// An icon of the sprite.
    pub(super) icon: &'static str,
    pub(super) count: String,
    pub(super) words: String,
    pub(super) href: &'static str,
}

/// Days of cover below which a product needs attention.
const DAYS: f64 = 7.0;

/// The tasks that there are.
pub(super) fn tasks(reading: &Reading) -> Vec<Task> {
    let most = Limit::MAX as usize;
    let task = |number: usize, words: [&str; 2], icon, href, more: String| Task {
        icon,
        count: count_up_to(number, number == most),
        words: format!("{}{more}", words[usize::from(number != 1)]),
        href,
    };
    let due: Option<Money> = reading.unpaid.iter().map(|order| order.total).sum();
    let due = due.filter(|_| reading.unpaid.len() < most).map(|due| format!(", {} due", money(due)));
    let soon = reading.cover.iter().filter(|product| product.days_of_cover < DAYS).count();
    let tasks = [
        (
            reading.unpaid.len(),
            ["order is unpaid", "orders are unpaid"],
            "receipt-text",
            "/reports/unpaid-orders?period=all",
            due.unwrap_or_default(),
        ),
        (
            reading.low.len(),
            ["product is at or below its reorder level", "products are at or below their reorder level"],
            "package",
            "/reports/low-inventory",
            String::new(),
        ),
        (
            soon,
            ["product has less than 7 days of cover", "products have less than 7 days of cover"],
            "clock",
            "/reports/sell-through",
            String::new(),
        ),
    ];
    let waiting = tasks.into_iter().filter(|(number, ..)| *number > 0);
    waiting.map(|(number, words, icon, href, more)| task(number, words, icon, href, more)).collect()
}
