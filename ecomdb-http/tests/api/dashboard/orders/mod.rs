//! Orders.

mod addresses;
mod cancel;
mod hold;
mod list;
mod new;
mod pay;
mod refund;
mod show;
mod views;

use ecomdb::{NewOrder, OrderId, PaymentId, ProductId, UserId};

use crate::support::TestApp;

/// Places an unpaid order of Ada's with this number of desk lamps, at 29.99 each.
fn place(app: &TestApp, units: i64) -> i64 {
    let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(1), units).build().unwrap();
    app.db.orders().place(order).unwrap().id.get()
}

fn order(app: &TestApp, id: i64) -> ecomdb::Order {
    app.db.orders().get(OrderId::new(id)).unwrap()
}

fn payment(app: &TestApp, id: i64) -> ecomdb::Payment {
    app.db.payments().get(PaymentId::new(id)).unwrap()
}
