//! The list of vouchers.

use askama::Template;
use axum::extract::State;
use ecomdb::{Cell, Cells, Csv, Cursor, OnBehalf, Scope, Voucher, VoucherFilter};
use serde::Deserialize;

use super::labels::{state, uses, window, worth};
use crate::dashboard::format::money;
use crate::dashboard::list::{Address, Pager, Sheet, csv};
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Query, entered, page, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct VoucherQuery {
    #[serde(deserialize_with = "entered")]
    code: Option<String>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

impl VoucherQuery {
    fn filter(&self) -> VoucherFilter {
        let mut filter = VoucherFilter::default();
        filter.code.clone_from(&self.code);
        filter
    }

    fn address(&self) -> Address {
        Address::new("/vouchers", [("code", self.code.clone())])
    }
}

#[derive(Template)]
#[template(path = "vouchers/list.html")]
struct Vouchers {
    shell: Shell,
    code: String,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    /// The filter in words, and the address without it.
    words: String,
    cleared: String,
    /// Whether the shop has no vouchers yet.
    is_empty: bool,
    can_write: bool,
}

struct Row {
    voucher: Voucher,
    worth: String,
    minimum: String,
    window: String,
    uses: String,
    state: &'static str,
}

/// The list of vouchers.
pub(in crate::dashboard) async fn list_vouchers(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<VoucherQuery>,
) -> Answer {
    let filter = query.filter().page(page(None, query.cursor.clone(), query.before.clone())?);
    let read = move |shop: OnBehalf<'_>| Ok((shop.vouchers().list(&filter)?, shop.vouchers().count(&filter)?));
    let (page, total) = app.run(move |db| db.run(read)).await.map_err(Problem::of_query)?;
    let address = query.address();
    let row = |voucher: &Voucher| Row {
        worth: worth(voucher),
        minimum: if voucher.minimum > ecomdb::Money::ZERO { money(voucher.minimum) } else { String::new() },
        window: window(voucher, visit.zone()),
        uses: uses(voucher),
        state: state(voucher, visit.now()),
        voucher: voucher.clone(),
    };
    let words = query.code.as_ref().map(|code| format!("the code \u{201c}{code}\u{201d}")).unwrap_or_default();
    render(&Vouchers {
        rows: page.items.iter().map(row).collect(),
        pager: Pager::new(&address, &page, total, "voucher", "vouchers"),
        csv: address.csv(),
        cleared: address.with([("code", "")]),
        is_empty: page.items.is_empty() && words.is_empty() && query.cursor.is_none() && query.before.is_none(),
        words,
        code: query.code.unwrap_or_default(),
        can_write: visit.can(Scope::VouchersWrite),
        shell: visit.page("Vouchers", Section::Vouchers),
    })
}

const SHEET: Sheet<Voucher> = Sheet {
    name: "vouchers",
    columns: &[
        "id",
        "code",
        "kind",
        "value",
        "minimum",
        "starts_at",
        "ends_at",
        "usage_limit",
        "per_user_limit",
        "used",
        "created_at",
        "updated_at",
    ],
    write: write_row,
};

fn write_row(voucher: &Voucher, csv: &mut Csv) {
    let time =
        |time: Option<chrono::DateTime<chrono::Utc>>| time.map_or(Cell::Null, |it| Cell::Time(it.timestamp_micros()));
    let number = |number: Option<i64>| number.map_or(Cell::Null, Cell::Int);
    let cells = [
        Cell::Int(voucher.id.get()),
        Cell::Text(&voucher.code),
        Cell::Text(voucher.kind.as_str()),
        Cell::Money(voucher.value.minor()),
        Cell::Money(voucher.minimum.minor()),
        time(voucher.starts_at),
        time(voucher.ends_at),
        number(voucher.usage_limit),
        number(voucher.per_user_limit),
        Cell::Int(voucher.used),
        time(Some(voucher.created_at)),
        time(Some(voucher.updated_at)),
    ];
    cells.into_iter().for_each(|cell| csv.cell(cell));
}

/// All vouchers that match the filter, as CSV.
pub(in crate::dashboard) async fn export_vouchers(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<VoucherQuery>,
) -> Answer {
    let filter = query.filter();
    csv(app, visit.today(), SHEET, move |db, page| db.vouchers().list(&filter.clone().page(page))).await
}
