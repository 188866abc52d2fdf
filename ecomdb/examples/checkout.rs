//! From the basket to the invoice: a hold, an address, shipping, tax and a voucher, the messages of a payment provider, and
//! a payment that comes too late. The page `docs/checkout.md` explains it.
//!
//! `cargo run -p ecomdb --example checkout -- sqlite://shop.db`; without a database it uses one in memory.

use ecomdb::{
    Address, AddressBuilder, AdjustmentKind, Database, Money, NewOrder, NewPayment, NewProduct, NewUser, NewVoucher,
    Order, Payment, PaymentMethod, PaymentOutcome, PaymentStatus, ProductId, UserId,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite::memory:".to_owned());
    let db = Database::open(&url)?;
    let (ada, lamp) = shop(&db)?;

    let basket = fill_basket(&db, ada, &[(lamp, 2)])?;
    let order = check_out(&db, &basket, address(), "summer10", "ch_1001")?;
    for _ in 0..3 {
        let payment = settle(&db, "ch_1001", PaymentOutcome::Paid, order.total)?;
        println!("payment {} of {} is {}", payment.id, payment.amount, payment.status);
    }
    println!("{}", invoice(&db.orders().get(order.id)?));

    // The customer gives up, and the money arrives all the same.
    let order = check_out(&db, &fill_basket(&db, ada, &[(lamp, 1)])?, address(), "summer10", "ch_1002")?;
    db.orders().cancel(order.id)?;
    let payment = settle(&db, "ch_1002", PaymentOutcome::Paid, order.total)?;
    println!("payment {} of {} is {}", payment.id, payment.amount, payment.status);
    Ok(())
}

/// A basket that holds its units for 15 minutes.
fn fill_basket(db: &Database, user: UserId, items: &[(ProductId, i64)]) -> ecomdb::Result<Order> {
    db.orders().place(NewOrder::builder(user).items(items.iter().copied()).hold(15).build()?)
}

/// Makes an order of a basket, which waits half an hour for the payment with this reference.
fn check_out(db: &Database, basket: &Order, to: AddressBuilder, code: &str, reference: &str) -> ecomdb::Result<Order> {
    let items = basket.items.iter().map(|item| (item.product_id, item.quantity));
    let order = NewOrder::builder(basket.user_id).items(items).replacing(basket.id).shipping_address(to);
    let order = order.shipping("Standard", "4.90".parse()?).voucher(code);

    // The price, before anything is written. The shop knows its taxes: here, 19 % are within all prices.
    let total = db.orders().quote(order.clone().build()?)?.total;
    let vat = Money::from_minor((total.minor() * 19 + 59) / 119);

    let payment = NewPayment::builder(PaymentMethod::Card).reference(reference);
    let order = order.adjustment(AdjustmentKind::Tax, "VAT 19 %", vat, true).payment(payment).hold(30);
    db.orders().place(order.build()?)
}

/// What the webhook of the payment provider calls, as often as the provider sends its message.
fn settle(db: &Database, reference: &str, outcome: PaymentOutcome, amount: Money) -> ecomdb::Result<Payment> {
    let payment = db.payments().settle(PaymentMethod::Card, reference, outcome, amount)?.payment;
    if payment.status == PaymentStatus::Late {
        give_money_back(&payment);
        return db.payments().return_late(payment.id);
    }
    Ok(payment)
}

/// Asks the provider to return the money. A real provider takes a key, so that it does so once.
fn give_money_back(payment: &Payment) {
    println!("the order cannot take payment {}: {} go back", payment.id, payment.amount);
}

/// The invoice of an order as text.
fn invoice(order: &Order) -> String {
    let mut lines = vec![format!("Order {}, {}", order.id, order.placed_at.format("%Y-%m-%d"))];
    if let Some(to) = &order.shipping_address {
        let parts = [to.recipient()].into_iter().chain(to.lines()).chain(to.postcode()).chain([to.city()]);
        lines.push(format!("To {}", parts.collect::<Vec<_>>().join(", ")));
    }
    let mut add = |what: String, amount: Money| lines.push(format!("{what:<32} {:>9}", amount.to_string()));
    for item in &order.items {
        add(format!("{} x {}", item.quantity, item.product_name), item.line_total);
    }
    for it in &order.adjustments {
        add(if it.included { format!("{} (included)", it.label) } else { it.label.clone() }, it.amount);
    }
    add("Total".to_owned(), order.total);
    add("Paid".to_owned(), order.paid);
    lines.join("\n")
}

fn address() -> AddressBuilder {
    Address::builder("Ada Lovelace", "12 St James's Square", "London", "GB").postcode("SW1Y 4JH")
}

/// A shop with a customer, a product and a voucher.
fn shop(db: &Database) -> ecomdb::Result<(UserId, ProductId)> {
    let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    let lamps = db.categories().create("Lamps")?;
    let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(10);
    let lamp = db.products().create(lamp.build()?)?;
    db.vouchers().create(NewVoucher::percent("SUMMER10", "10".parse()?).usage_limit(100).build()?)?;
    Ok((ada.id, lamp.id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ecomdb::{Conflict, Error, OrderStatus};

    use super::*;

    fn opened() -> (Database, UserId, ProductId) {
        let db = Database::open("sqlite::memory:").unwrap();
        let (ada, lamp) = shop(&db).unwrap();
        (db, ada, lamp)
    }

    fn stock(db: &Database, lamp: ProductId) -> i64 {
        db.inventory().get(lamp).unwrap().quantity
    }

    #[test]
    fn a_basket_becomes_an_order_whose_amounts_add_up() {
        let (db, ada, lamp) = opened();
        let basket = fill_basket(&db, ada, &[(lamp, 2)]).unwrap();
        assert_eq!((stock(&db, lamp), basket.expires_at.is_some()), (8, true));
        let order = check_out(&db, &basket, address(), "summer10", "ch_1").unwrap();
        // 59.98 - 6.00 + 4.90, of which 19 / 119 are tax.
        assert_eq!((order.total, order.adjustments[1].amount), ("58.88".parse().unwrap(), "9.40".parse().unwrap()));
        assert_eq!((stock(&db, lamp), db.orders().get(basket.id).unwrap().status), (8, OrderStatus::Cancelled));
        assert!(db.check().unwrap().is_clean());
    }

    #[test]
    fn the_same_message_three_times_at_once_pays_once() {
        let (db, ada, lamp) = opened();
        let basket = fill_basket(&db, ada, &[(lamp, 2)]).unwrap();
        let order = check_out(&db, &basket, address(), "summer10", "ch_1").unwrap();
        let hear = || settle(&db, "ch_1", PaymentOutcome::Paid, order.total).unwrap();
        let heard = std::thread::scope(|scope| [(); 3].map(|()| scope.spawn(hear)).map(|it| it.join().unwrap()));
        assert!(heard.iter().all(|payment| *payment == heard[0] && payment.status == PaymentStatus::Paid));
        let order = db.orders().get(order.id).unwrap();
        assert_eq!((order.status, order.payments.len(), order.paid), (OrderStatus::Completed, 1, order.total));
        let invoice = invoice(&order);
        assert!(invoice.contains("2 x Desk lamp                        59.98\n"), "{invoice}");
        assert!(invoice.contains("SUMMER10                             -6.00\n"), "{invoice}");
    }

    #[test]
    fn money_for_an_order_that_was_cancelled_is_given_back() {
        let (db, ada, lamp) = opened();
        let basket = fill_basket(&db, ada, &[(lamp, 1)]).unwrap();
        let order = check_out(&db, &basket, address(), "summer10", "ch_1").unwrap();
        db.orders().cancel(order.id).unwrap();
        for _ in 0..2 {
            let payment = settle(&db, "ch_1", PaymentOutcome::Paid, order.total).unwrap();
            assert_eq!(payment.status, PaymentStatus::Returned);
        }
        assert_eq!((stock(&db, lamp), db.orders().get(order.id).unwrap().paid), (10, Money::ZERO));
        assert!(db.check().unwrap().is_clean());
    }

    #[test]
    fn a_checkout_that_fails_leaves_the_basket() {
        let (db, ada, lamp) = opened();
        let basket = fill_basket(&db, ada, &[(lamp, 1)]).unwrap();
        let refused = check_out(&db, &basket, address(), "winter", "ch_1").unwrap_err();
        assert!(refused.is_invalid(), "{refused}");
        assert_eq!(db.orders().get(basket.id).unwrap(), basket);
        db.orders().cancel(basket.id).unwrap();
        let refused = check_out(&db, &basket, address(), "summer10", "ch_1").unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::IllegalOrderTransition { .. })), "{refused}");
    }
}
