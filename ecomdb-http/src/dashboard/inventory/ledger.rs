//! The ledger of a product, as a table.

use chrono::{DateTime, Utc};
use ecomdb::{Cursor, Movement, MovementReason, OnBehalf, Page, PageRequest, ProductId, RowCount};
use serde::Deserialize;

use crate::dashboard::format::difference;
use crate::dashboard::list::{Address, Pager};
use crate::extract::{page, text};
use crate::problem::Problem;

/// The parameters of a page with a ledger.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct LedgerQuery {
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

impl LedgerQuery {
    pub(in crate::dashboard) fn page(self) -> Result<PageRequest, Problem> {
        page(None, self.cursor, self.before)
    }
}

/// Movements of a product, latest first.
pub(in crate::dashboard) struct Movements {
    page: Page<Movement>,
    total: RowCount,
}

impl Movements {
    pub(in crate::dashboard) fn read(shop: OnBehalf<'_>, id: ProductId, page: &PageRequest) -> ecomdb::Result<Self> {
        Ok(Self { page: shop.inventory().movements(id, page)?, total: shop.inventory().count_movements(id)? })
    }
}

/// A page of movements, latest first.
pub(in crate::dashboard) struct Ledger {
    pub(in crate::dashboard) rows: Vec<LedgerRow>,
    pub(in crate::dashboard) pager: Pager,
}

pub(in crate::dashboard) struct LedgerRow {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) at: DateTime<Utc>,
    pub(in crate::dashboard) reason: &'static str,
    pub(in crate::dashboard) units: String,
    pub(in crate::dashboard) order: Option<i64>,
    pub(in crate::dashboard) note: String,
}

impl Ledger {
    pub(in crate::dashboard) fn new(Movements { page, total }: Movements, address: &Address) -> Self {
        Self {
            pager: Pager::new(address, &page, total, "movement", "movements"),
            rows: page.items.into_iter().map(LedgerRow::new).collect(),
        }
    }
}

impl LedgerRow {
    fn new(movement: Movement) -> Self {
        Self {
            id: id(&movement),
            at: movement.created_at,
            reason: reason(movement.reason),
            units: difference(movement.delta),
            order: movement.order_id.map(Into::into),
            note: movement.note.unwrap_or_default(),
        }
    }
}

/// Id of a row, unique on its page.
fn id(movement: &Movement) -> String {
    let id = movement.id.map(i64::from).or(movement.order_id.map(i64::from));
    format!("{}-{}", movement.reason, id.unwrap_or_default())
}

const fn reason(reason: MovementReason) -> &'static str {
    match reason {
        MovementReason::Initial => "Initial stock",
        MovementReason::Sale => "Sale",
        MovementReason::Cancel => "Order cancelled",
        MovementReason::Return => "Returned",
        MovementReason::Restock => "Restocked",
        MovementReason::Adjustment => "Adjusted",
    }
}
