//! Lists of payments, and the payment state in lists of orders.

use ecomdb::{
    Limit, NewOrder, NewPayment, NewRefund, OrderFilter, OrderStatus, PageRequest, PaymentFilter, PaymentMethod,
    PaymentState, PaymentStatus, RowCount,
};

use crate::lists::walk;
use crate::shop::{Shop, card, card_of, invalid_fields, money};

behaviours! {
    payments_are_listed_by_order_and_state_in_pages
    an_order_in_a_list_tells_its_customer_and_what_was_paid
    what_was_paid_follows_the_captures_and_not_the_refunds
}

fn payments_are_listed_by_order_and_state_in_pages(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 100));
    let mut orders = Vec::new();
    for n in 0..9 {
        let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
        let payment = shop.payments().create(order.id, card()).unwrap();
        assert_eq!(payment.status, PaymentStatus::Paid, "{n}");
        orders.insert(0, order.id);
    }
    let paid = |page| {
        let filter = PaymentFilter::default().page(page).status(PaymentStatus::Paid);
        shop.payments().list(&filter).unwrap()
    };
    assert_eq!(walk(4, paid).iter().map(|payment| payment.order_id).collect::<Vec<_>>(), orders);
    let count = |filter: PaymentFilter| shop.payments().count(&filter).unwrap();
    assert_eq!(count(PaymentFilter::default().status(PaymentStatus::Paid)), RowCount::Exactly(orders.len() as i64));
    assert_eq!(count(PaymentFilter::default().order_id(orders[0])), RowCount::Exactly(1));
    assert_eq!(count(PaymentFilter::default().status(PaymentStatus::Failed)), RowCount::Exactly(0));
    let waiting = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let waiting =
        shop.payments().create(waiting.id, NewPayment::builder(PaymentMethod::Cash).build().unwrap()).unwrap();
    let pending = PaymentFilter::default().status(PaymentStatus::Pending);
    assert_eq!(shop.payments().list(&pending).unwrap().items, [waiting]);
    assert_eq!(count(pending), RowCount::Exactly(1));
    let after = paid(PageRequest::default().limit(Limit::new(4).unwrap())).next;
    let page = PageRequest::default().after(after.unwrap());
    assert_eq!(invalid_fields(shop.payments().list(&PaymentFilter::default().page(page))), ["cursor"]);
}

fn an_order_in_a_list_tells_its_customer_and_what_was_paid(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let order = shop.pending_order(&ada, &[(lamp.id, 2)]);
    shop.payments().create(order.id, card_of("7.50")).unwrap();
    let listed = shop.orders().list(&OrderFilter::default()).unwrap().items.remove(0);
    assert_eq!(
        (listed.total, listed.paid, listed.payment_state),
        (money("20.00"), money("7.50"), PaymentState::PartPaid)
    );
    assert_eq!((listed.user.id, listed.user.email), (ada.id, ada.email));
    assert_eq!((listed.user.first_name, listed.user.last_name), (ada.first_name, ada.last_name));
    let shown = shop.order_now(order.id);
    assert_eq!((shown.paid, shown.payment_state), (listed.paid, listed.payment_state));
}

fn what_was_paid_follows_the_captures_and_not_the_refunds(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 100));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]).id;
    let paid = || {
        let order = shop.order_now(order);
        (order.paid.to_string(), order.payment_state, order.status)
    };
    let waiting = shop
        .payments()
        .create(order, NewPayment::builder(PaymentMethod::Cash).amount(money("6.00")).build().unwrap())
        .unwrap();
    assert_eq!(paid(), ("0.00".to_owned(), PaymentState::Unpaid, OrderStatus::Pending));
    shop.payments().create(order, card_of("4.00")).unwrap();
    assert_eq!(paid(), ("4.00".to_owned(), PaymentState::PartPaid, OrderStatus::Pending));
    shop.payments().capture(waiting.id).unwrap();
    assert_eq!(paid(), ("10.00".to_owned(), PaymentState::Paid, OrderStatus::Completed));
    shop.payments().refund(order, NewRefund::builder("late").build().unwrap()).unwrap();
    assert_eq!(paid(), ("10.00".to_owned(), PaymentState::Paid, OrderStatus::Refunded));

    let placed = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card_of("2.50")).build().unwrap();
    let placed = shop.orders().place(placed).unwrap();
    assert_eq!((placed.paid, placed.payment_state), (money("2.50"), PaymentState::PartPaid));
    let cancelled = shop.orders().cancel(placed.id).unwrap();
    assert_eq!((cancelled.paid, cancelled.refunded), (money("2.50"), money("2.50")));
    assert_eq!(shop.paid_order(&ada, &[(lamp.id, 1)]).payment_state, PaymentState::Paid);
    shop.expect_clean();
}
