//! `/vouchers`: the list, a voucher, its forms; and what orders show of their adjustments.

use ecomdb::{NewOrder, NewPayment, NewVoucher, OrderBuilder, PaymentMethod, ProductId, UserId, Voucher, VoucherId};

use super::visitor::Visitor;
use crate::support::TestApp;

fn voucher(app: &TestApp, id: i64) -> Voucher {
    app.db.vouchers().get(VoucherId::new(id)).unwrap()
}

fn new(entries: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let usual = [
        ("code", "summer10"),
        ("kind", "percent"),
        ("value", "10"),
        ("minimum", ""),
        ("first_day", ""),
        ("last_day", ""),
        ("usage_limit", ""),
        ("per_user_limit", ""),
    ];
    let entry = |(name, value)| (name, entries.iter().find(|(other, _)| *other == name).map_or(value, |entry| entry.1));
    usual.map(entry).to_vec()
}

#[test]
fn a_voucher_is_created_and_shown_with_its_days_in_the_zone_of_the_shop() {
    let app = TestApp::shop();
    app.db.shop().update(ecomdb::ShopPatch::default().time_zone("Europe/Berlin")).unwrap();
    let visitor = Visitor::new(&app);
    assert!(visitor.get("/vouchers").page(200).contains("No vouchers yet"));
    visitor.get("/vouchers/new").page(200);
    let days = [("first_day", "2026-06-01"), ("last_day", "2026-08-31"), ("usage_limit", "1000"), ("minimum", "20")];
    let page = visitor.submit("/vouchers/new", &new(&days));
    page.page(200);
    let words = page.words();
    assert!(words.contains("The voucher is created.") && words.contains("Takes 10.00 % off"), "{words}");
    assert!(words.contains("from 1 Jun 2026 to 31 Aug 2026") && words.contains("0 of 1,000"), "{words}");
    let made = voucher(&app, 1);
    assert_eq!(made.starts_at.unwrap().to_rfc3339(), "2026-05-31T22:00:00+00:00");
    assert_eq!(made.ends_at.unwrap().to_rfc3339(), "2026-08-31T22:00:00+00:00");
    let list = visitor.get("/vouchers?code=Summer10").words();
    assert!(list.contains("SUMMER10") && list.contains("0 of 1,000"), "{list}");
    assert!(visitor.get("/vouchers?code=other").page(200).contains("No voucher matches"));
    assert!(visitor.get("/vouchers.csv").text.contains("SUMMER10,percent,10.00,20.00,"));
}

#[test]
fn what_is_wrong_with_a_voucher_is_said_beside_its_field() {
    let app = TestApp::shop();
    let visitor = Visitor::new(&app);
    let refused = visitor.post("/vouchers/new", &new(&[("code", "10 %"), ("value", "101")]));
    refused.page(422);
    let words = refused.words();
    assert!(words.contains("Code must have only letters") && words.contains("Value must be a percentage"), "{words}");
    let days = [("first_day", "2026-06-02"), ("last_day", "2026-06-01")];
    assert!(visitor.post("/vouchers/new", &new(&days)).page(422).contains("must not be before the first day"));
    visitor.submit("/vouchers/new", &new(&[]));
    let taken = visitor.post("/vouchers/new", &new(&[("code", "SUMMER10")]));
    assert!(taken.page(422).contains("another voucher already has"), "{}", taken.words());
}

#[test]
fn a_voucher_is_changed_without_touching_its_other_terms() {
    let app = TestApp::shop();
    let made = NewVoucher::percent("ONE", "10".parse().unwrap())
        .starts_at("2026-06-01T13:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let before = app.db.vouchers().create(made.build().unwrap()).unwrap();
    let visitor = Visitor::new(&app);
    visitor.get("/vouchers/1/edit").page(200);
    let page = visitor.submit(
        "/vouchers/1/edit",
        &[("value", "20"), ("was-value", "10.00"), ("usage_limit", "5"), ("was-usage_limit", "")],
    );
    assert!(page.page(200).contains("The voucher is changed."));
    let after = voucher(&app, 1);
    assert_eq!(
        (after.value.to_string(), after.usage_limit, after.starts_at),
        ("20.00".to_owned(), Some(5), before.starts_at)
    );
    let conflict = visitor.post("/vouchers/1/edit", &[("value", "30"), ("was-value", "10.00")]);
    conflict.page(422);
    assert!(conflict.words().contains("Value 10.00 20.00 30"), "{}", conflict.words());
    visitor.post("/vouchers/1/edit", &[("usage_limit", ""), ("was-usage_limit", "5")]);
    assert_eq!(voucher(&app, 1).usage_limit, None);
}

#[test]
fn deleting_asks_first_and_a_used_voucher_stays() {
    let app = TestApp::shop();
    app.db.vouchers().create(NewVoucher::percent("ONE", "10".parse().unwrap()).build().unwrap()).unwrap();
    app.db.vouchers().create(NewVoucher::percent("TWO", "10".parse().unwrap()).build().unwrap()).unwrap();
    place(&app, |order| order.voucher("two"));
    let visitor = Visitor::new(&app);
    assert!(visitor.get("/vouchers/1/delete").page(200).contains("cannot be brought back"));
    assert!(visitor.get("/vouchers/2/delete").page(200).contains("Set its last day instead"));
    visitor.post("/vouchers/2/delete", &[]).page(422);
    assert!(visitor.submit("/vouchers/1/delete", &[("key", "k1")]).page(200).contains("The voucher is deleted."));
    assert!(app.db.vouchers().get(VoucherId::new(1)).is_err());
}

/// Two desk lamps for 59.98, paid by card.
fn place(app: &TestApp, adjust: impl Fn(OrderBuilder) -> OrderBuilder) -> ecomdb::Order {
    let order = NewOrder::builder(UserId::new(1)).item(ProductId::new(1), 2);
    let order = adjust(order).payment(NewPayment::captured(PaymentMethod::Card)).build().unwrap();
    app.db.orders().place(order).unwrap()
}

#[test]
fn an_order_and_its_invoice_show_what_was_added_and_taken_off() {
    let app = TestApp::shop();
    app.db.vouchers().create(NewVoucher::percent("SUMMER10", "10".parse().unwrap()).build().unwrap()).unwrap();
    let money = |amount: &str| amount.parse::<ecomdb::Money>().unwrap();
    place(&app, |order| {
        let order = order.voucher("summer10").shipping("Standard", money("4.90"));
        order.included_tax("VAT 19 %", money("9.40"))
    });
    let visitor = Visitor::new(&app);
    for path in ["/orders/1", "/orders/1/invoice"] {
        let words = visitor.get(path).words();
        for part in
            ["Items 59.98", "Voucher SUMMER10 −6.00", "Shipping: Standard 4.90", "VAT 19 % (included) 9.40", "58.88"]
        {
            assert!(words.contains(part), "{path}: {part}: {words}");
        }
    }
    assert!(
        visitor.get("/vouchers/1").words().contains("Completed orders 1"),
        "{}",
        visitor.get("/vouchers/1").words()
    );
    assert!(!visitor.get("/orders/1/packing-slip").words().contains("SUMMER10"));
}

#[test]
fn units_are_given_back_at_their_price_after_the_discount() {
    let app = TestApp::shop();
    place(&app, |order| order.discount("Sorry", "10.00".parse().unwrap()));
    let visitor = Visitor::new(&app);
    let form = visitor.get("/orders/1/refund");
    assert!(form.page(200).contains("data-price=\"4998\" data-of=\"2\""));
    let entries =
        [("amount", "49.98"), ("suggested", "49.98"), ("reason", "broken"), ("units-1", "1"), ("step", "review")];
    let review = visitor.post("/orders/1/refund", &entries);
    assert!(review.page(200).contains("Give 24.99 back"), "{}", review.words());
}

#[test]
fn all_units_go_back_with_the_shipping() {
    let app = TestApp::shop();
    place(&app, |order| order.shipping("Standard", "4.90".parse().unwrap()));
    let visitor = Visitor::new(&app);
    let form = visitor.get("/orders/1/refund");
    let (suggested, units) = (form.input("suggested"), form.input("units-1"));
    assert_eq!((suggested.as_str(), units.as_str()), ("64.88", "2"));
    let untouched =
        [("amount", "64.88"), ("suggested", "64.88"), ("reason", "broken"), ("units-1", "2"), ("step", "review")];
    let review = visitor.post("/orders/1/refund", &untouched);
    assert!(review.page(200).contains("Give 64.88 back"), "{}", review.words());
}
