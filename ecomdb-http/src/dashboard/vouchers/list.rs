//! The list of vouchers.

use askama::Template;
use axum::extract::State;
use ecomdb::{Cell, Cursor, OnBehalf, Scope, Voucher, VoucherFilter};
use serde::Deserialize;

use super::labels::{state, uses, window, worth};
use crate::dashboard::format::money;
use crate::dashboard::list::{Address, Pager, Sheet, csv, maybe_int, maybe_time};
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
        ("id", |it| Cell::Int(it.id.get())),
        ("code", |it| Cell::Text(&it.code)),
        ("kind", |it| Cell::Text(it.kind.as_str())),
        ("value", |it| Cell::Money(it.value.minor())),
        ("minimum", |it| Cell::Money(it.minimum.minor())),
        ("starts_at", |it| maybe_time(it.starts_at)),
        ("ends_at", |it| maybe_time(it.ends_at)),
        ("usage_limit", |it| maybe_int(it.usage_limit)),
        ("per_user_limit", |it| maybe_int(it.per_user_limit)),
        ("used", |it| Cell::Int(it.used)),
        ("created_at", |it| maybe_time(Some(it.created_at))),
        ("updated_at", |it| maybe_time(Some(it.updated_at))),
    ],
};

/// All vouchers that match the filter, as CSV.
pub(in crate::dashboard) async fn export_vouchers(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<VoucherQuery>,
) -> Answer {
    let filter = query.filter();
    csv(app, visit.today(), SHEET, move |db, page| db.vouchers().list(&filter.clone().page(page))).await
}
