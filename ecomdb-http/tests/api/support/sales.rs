//! A shop with a history, small enough to work out each figure of each report by hand.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use ecomdb::schema::{Moment, orders};
use ecomdb::{
    Database, NewOrder, NewPayment, NewProduct, NewRefund, NewUser, OrderId, PaymentMethod, ProductId, Report, UserId,
};

/// Ada (user 1) and Grace (user 2); the category lamps (1) with a desk lamp (product 1, 29.99, 10 in stock) and a floor
/// lamp (product 2, 89.50, 3 in stock).
pub(crate) fn furnish(db: &Database) {
    db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    db.users().create(NewUser::new("grace@example.com", "Grace", "Hopper").unwrap()).unwrap();
    let lamps = db.categories().create("Lamps").unwrap().id;
    for (name, sku, price, stock) in [("Desk lamp", "DESK", "29.99", 10), ("Floor lamp", "FLOOR", "89.50", 3)] {
        let product = NewProduct::builder(name, lamps, price.parse().unwrap()).sku(sku).initial_stock(stock);
        db.products().create(product.build().unwrap()).unwrap();
    }
}

const ADA: i64 = 1;
const GRACE: i64 = 2;
const DESK: i64 = 1;
const FLOOR: i64 = 2;
const ATLAS: i64 = 3;

/// Adds the category books (2) with an atlas (product 3, 12.50, 100 in stock), and six orders:
///
/// | order | placed            | by    | items                | state                        |
/// |-------|-------------------|-------|----------------------|------------------------------|
/// | 1     | 2026-01-10T12:00Z | Ada   | 2 desk, 1 floor lamp | completed: 149.48            |
/// | 2     | 2026-01-31T23:30Z | Grace | 1 desk lamp, 1 atlas | completed: 42.49             |
/// | 3     | 2026-02-15T08:00Z | Ada   | 2 atlas              | completed: 25.00, 5.00 back  |
/// | 4     | 2026-02-20T10:00Z | Grace | 1 desk lamp          | pending, an attempt failed   |
/// | 5     | 2026-02-21T10:00Z | Ada   | 1 atlas              | cancelled                    |
/// | 6     | 2026-02-22T10:00Z | Grace | 1 atlas              | refunded, the atlas is back  |
///
/// Leaves 6 desk lamps (reorder level 6), 2 floor lamps (reorder level 5) and 97 atlases.
pub(crate) fn sell(db: &Database) {
    furnish(db);
    let books = db.categories().create("Books").unwrap().id;
    let atlas = NewProduct::builder("Atlas", books, "12.50".parse().unwrap()).sku("ATLAS").initial_stock(100);
    db.products().create(atlas.build().unwrap()).unwrap();

    let card = || Some(NewPayment::captured(PaymentMethod::Card));
    place(db, "2026-01-10 12:00", ADA, &[(DESK, 2), (FLOOR, 1)], card());
    place(db, "2026-01-31 23:30", GRACE, &[(DESK, 1), (ATLAS, 1)], card());
    let partly_refunded = place(db, "2026-02-15 08:00", ADA, &[(ATLAS, 2)], card());
    let unpaid = place(db, "2026-02-20 10:00", GRACE, &[(DESK, 1)], None);
    let cancelled = place(db, "2026-02-21 10:00", ADA, &[(ATLAS, 1)], None);
    let refunded = place(db, "2026-02-22 10:00", GRACE, &[(ATLAS, 1)], card());

    db.payments()
        .refund(partly_refunded, NewRefund::builder("late").amount("5.00".parse().unwrap()).build().unwrap())
        .unwrap();
    let attempt = db.payments().create(unpaid, NewPayment::pending(PaymentMethod::Card)).unwrap();
    db.payments().fail(attempt.id).unwrap();
    db.orders().cancel(cancelled).unwrap();
    db.payments().refund(refunded, NewRefund::builder("damaged").restock().build().unwrap()).unwrap();
    db.inventory().set_reorder_level(ProductId::new(DESK), 6).unwrap();
    db.inventory().set_reorder_level(ProductId::new(FLOOR), 5).unwrap();
}

/// Places an order and backdates it before it is folded into the rollups.
fn place(db: &Database, at: &str, user: i64, items: &[(i64, i64)], payment: Option<NewPayment>) -> OrderId {
    let items = items.iter().map(|(product, units)| (ProductId::new(*product), *units));
    let order = NewOrder::builder(UserId::new(user)).items(items).build().unwrap();
    let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M").unwrap().and_utc();
    db.write(move |tx| {
        let id = tx.orders().place(order.clone())?.id;
        diesel::update(orders::table.find(id)).set(orders::placed_at.eq(Moment::of(at))).execute(tx)?;
        if let Some(payment) = &payment {
            tx.payments().create(id, payment.clone())?;
        }
        Ok::<_, ecomdb::Error>(id)
    })
    .unwrap()
}

/// The parameter that a report requires, as a query: the first product or user.
pub(crate) fn required(report: Report) -> String {
    report.requires().map(|parameter| format!("?{parameter}=1")).unwrap_or_default()
}
