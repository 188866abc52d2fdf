//! `/orders`: the list, the page of an order, and its actions.

mod cancel;
mod confirm;
mod delivery;
mod draft;
mod draft_page;
mod extend;
mod late;
mod list;
mod new;
mod pay;
mod query;
mod refund;
mod returned;
mod settle;
mod show;
mod state;
mod timeline;
mod views;

use ecomdb::{Order, OrderId};
use serde::Deserialize;

pub(super) use self::cancel::{ask_to_cancel, cancel_order};
pub(super) use self::delivery::{
    envelope, set_billing_address, set_shipping_address, show_billing_address, show_shipping_address,
};
pub(super) use self::extend::{ask_to_extend, extend_order};
pub(super) use self::late::list_late;
pub(super) use self::list::{export_orders, list_orders};
pub(super) use self::new::{place_order, write_order};
pub(super) use self::pay::{show_payment_form, take_payment};
pub(super) use self::refund::{refund_order, show_refund_form};
pub(super) use self::settle::{ask_to_capture, ask_to_fail, ask_to_return, capture, fail, return_late};
pub(super) use self::show::show_order;
pub(super) use self::state::{Adjusted, Badge, Sums, adjusted, customer, is_captured, method, sentence};
pub(super) use self::views::{remove_view, save_view};

use crate::extract::text;
use crate::problem::Problem;
use crate::state::App;

/// The parameters of a page with a form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ActionQuery {
    /// The page to return to after the form.
    #[serde(rename = "return", deserialize_with = "text")]
    return_to: Option<String>,
}

/// The address of an order.
fn address(id: OrderId) -> String {
    format!("/orders/{id}")
}

async fn read_order(app: &App, id: OrderId) -> Result<Order, Problem> {
    app.run(move |db| db.orders().get(id)).await
}
