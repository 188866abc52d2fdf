//! The page of a voucher.

use askama::Template;
use axum::extract::State;
use ecomdb::{OnBehalf, Scope, Voucher, VoucherId, VoucherSales};

use super::labels::{state, uses, window, worth};
use crate::dashboard::format;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Id, NoQuery};
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "vouchers/show.html")]
struct VoucherPage {
    shell: Shell,
    worth: String,
    uses: String,
    window: String,
    state: &'static str,
    /// The revenue and the cost of the voucher; `None` for callers who may not read reports.
    sales: Option<VoucherSales>,
    can_write: bool,
    voucher: Voucher,
}

/// The page of a voucher.
pub(in crate::dashboard) async fn show_voucher(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<VoucherId>,
    _: NoQuery,
) -> Answer {
    let may_read_reports = visit.can(Scope::ReportsRead);
    let read = move |shop: OnBehalf<'_>| {
        let voucher = shop.vouchers().get(id)?;
        let sales = || shop.analytics().voucher_sales_of(id);
        let sales = if may_read_reports { sales()? } else { None };
        Ok((voucher, sales))
    };
    let (voucher, sales) = app.run(move |db| db.run(read)).await?;
    render(&VoucherPage {
        worth: worth(&voucher),
        uses: uses(&voucher),
        window: window(&voucher, visit.zone()),
        state: state(&voucher, visit.now()),
        sales,
        can_write: visit.can(Scope::VouchersWrite),
        shell: visit.page(format!("Voucher {}", voucher.code), Section::Vouchers),
        voucher,
    })
}
