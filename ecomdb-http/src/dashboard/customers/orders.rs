//! The orders of a customer, page by page.

use chrono::{DateTime, Utc};
use ecomdb::{OnBehalf, OrderFilter, OrderId, OrderSummary, Page, RowCount};

use crate::dashboard::format::{count, money};
use crate::dashboard::list::{Address, Pager};
use crate::dashboard::orders::Badge;

/// Orders of a customer, and how many there are.
pub(super) struct Found {
    page: Page<OrderSummary>,
    total: RowCount,
}

impl Found {
    pub(super) fn read(shop: OnBehalf<'_>, filter: &OrderFilter) -> ecomdb::Result<Self> {
        Ok(Self { page: shop.orders().list(filter)?, total: shop.orders().count(filter)? })
    }
}

/// A page of orders.
pub(super) struct Orders {
    pub(super) rows: Vec<OrderRow>,
    pub(super) pager: Pager,
}

pub(super) struct OrderRow {
    pub(super) id: OrderId,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) units: String,
    pub(super) badge: Badge,
    pub(super) total: String,
}

impl Orders {
    pub(super) fn new(Found { page, total }: Found, address: &Address) -> Self {
        Self {
            pager: Pager::new(address, &page, total, "order", "orders"),
            rows: page.items.into_iter().map(OrderRow::new).collect(),
        }
    }
}

impl OrderRow {
    fn new(order: OrderSummary) -> Self {
        Self {
            id: order.id,
            placed_at: order.placed_at,
            units: count(order.item_count),
            badge: Badge::of_order(order.status, order.paid, order.cancel_reason),
            total: money(order.total),
        }
    }
}
