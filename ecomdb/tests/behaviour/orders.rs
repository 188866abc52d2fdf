use ecomdb::{
    Conflict, NewOrder, NewPayment, OrderFilter, OrderId, OrderStatus, PaymentMethod, ProductId, ProductPatch, UserId,
};

use crate::shop::{Shop, card, card_of, conflict, invalid_fields, money};

behaviours! {
    placing_an_order_takes_the_stock_and_copies_the_prices
    the_answer_to_placing_is_the_order_as_it_is_read_later
    the_same_product_on_two_lines_is_merged
    an_order_for_more_than_there_is_writes_nothing
    the_last_unit_can_be_sold
    an_unknown_user_or_product_is_named_by_its_field
    impossible_lines_are_refused_by_field
    an_order_can_have_500_lines
    many_different_products_fit_into_one_order
    a_total_beyond_the_limit_is_refused
    an_order_that_costs_nothing_is_completed_at_once
    a_captured_payment_completes_the_order_it_is_placed_with
    a_part_paid_with_the_order_leaves_it_pending
    paying_more_than_the_order_costs_is_refused_with_the_order
    a_later_price_does_not_change_an_order
    a_cancelled_order_gives_its_stock_back_once
    a_completed_order_cannot_be_cancelled
    an_order_that_costs_nothing_can_be_cancelled_once
    cancelling_gives_back_what_was_paid_and_ends_what_was_begun
    orders_are_listed_by_user_and_status_the_latest_first
    a_user_without_orders_has_an_empty_list_and_a_missing_user_has_none
    a_missing_order_is_not_found
}

fn placing_an_order_takes_the_stock_and_copies_the_prices(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("29.99", 10), shop.product("0.50", 100));
    let order = shop.pending_order(&ada, &[(lamp.id, 2), (bulb.id, 7)]);
    assert_eq!((order.status, order.total, order.item_count), (OrderStatus::Pending, money("63.48"), 9));
    let items: Vec<_> = order.items.iter().map(|i| (i.product_id, i.quantity, i.unit_price, i.line_total)).collect();
    let expected = [(lamp.id, 2, money("29.99"), money("59.98")), (bulb.id, 7, money("0.50"), money("3.50"))];
    assert_eq!(items, expected);
    let buyer = order.buyer.as_ref().unwrap();
    assert_eq!((order.user_id, buyer.email.as_str(), &order.payment), (ada.id, ada.email.as_str(), &None));
    assert_eq!((shop.stock(&lamp), shop.stock(&bulb)), (8, 93));
    shop.expect_clean();
}

fn the_answer_to_placing_is_the_order_as_it_is_read_later(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("29.99", 10));
    for order in [shop.pending_order(&ada, &[(lamp.id, 1)]), shop.paid_order(&ada, &[(lamp.id, 1)])] {
        assert_eq!(shop.order_now(order.id), order);
    }
}

fn the_same_product_on_two_lines_is_merged(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("2.00", 5));
    let order = shop.pending_order(&ada, &[(lamp.id, 1), (lamp.id, 3)]);
    assert_eq!(order.items.iter().map(|i| i.quantity).collect::<Vec<_>>(), [4]);
    let refused = conflict(shop.try_order(&ada, &[(lamp.id, 1), (lamp.id, 1)]));
    assert_eq!(refused, Conflict::InsufficientStock { product_id: lamp.id, requested: 2, available: Some(1) });
}

fn an_order_for_more_than_there_is_writes_nothing(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("2.00", 5), shop.product("1.00", 1));
    let refused = conflict(shop.try_order(&ada, &[(lamp.id, 5), (bulb.id, 2)]));
    assert_eq!(refused, Conflict::InsufficientStock { product_id: bulb.id, requested: 2, available: Some(1) });
    assert_eq!((shop.stock(&lamp), shop.stock(&bulb)), (5, 1));
    assert!(shop.orders().list(&OrderFilter::default()).unwrap().items.is_empty());
    shop.expect_clean();
}

fn the_last_unit_can_be_sold(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("2.00", 1));
    shop.pending_order(&ada, &[(lamp.id, 1)]);
    assert_eq!(shop.stock(&lamp), 0);
}

fn an_unknown_user_or_product_is_named_by_its_field(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("2.00", 5));
    let unknown = ProductId::new(999);
    assert_eq!(invalid_fields(shop.try_order(&ada, &[(lamp.id, 1), (unknown, 1)])), ["items[1].product_id"]);
    let nobody = NewOrder::builder(UserId::new(999)).item(lamp.id, 1).build().unwrap();
    assert_eq!(invalid_fields(shop.orders().place(nobody)), ["user_id"]);
    assert_eq!(shop.stock(&lamp), 5);
}

fn impossible_lines_are_refused_by_field(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("2.00", 5));
    for quantity in [0, -1, 1_000_001, 1_000_000_000_000, i64::MIN, i64::MAX] {
        assert_eq!(invalid_fields(shop.try_order(&ada, &[(lamp.id, 1), (lamp.id, quantity)])), ["items[1].quantity"]);
    }
    assert_eq!(invalid_fields(shop.try_order(&ada, &[])), ["items"]);
    assert_eq!(invalid_fields(shop.try_order(&ada, &vec![(lamp.id, 1); 501])), ["items"]);
    assert_eq!(shop.stock(&lamp), 5);
}

fn an_order_can_have_500_lines(shop: &Shop) {
    let ada = shop.user();
    let lamps = shop.product("2.00", 1000);
    let order = shop.pending_order(&ada, &vec![(lamps.id, 2); 500]);
    assert_eq!((order.item_count, order.total), (1000, money("2000.00")));
}

fn many_different_products_fit_into_one_order(shop: &Shop) {
    let (ada, lamps) = (shop.user(), shop.category());
    let products = shop.write(move |tx| {
        (0..200)
            .map(|n| {
                let product = ecomdb::NewProduct::builder(format!("Lamp {n}"), lamps.id, money("1.01"));
                Ok(tx.products().create(product.initial_stock(1).build()?)?.id)
            })
            .collect::<ecomdb::Result<Vec<_>>>()
    });
    let items: Vec<_> = products.unwrap().into_iter().rev().map(|id| (id, 1)).collect();
    let order = shop.paid_order(&ada, &items);
    assert_eq!((order.items.len(), order.total), (200, money("202.00")));
    assert_eq!(shop.order_now(order.id), order);
    shop.expect_clean();
}

fn a_total_beyond_the_limit_is_refused(shop: &Shop) {
    let ada = shop.user();
    let gold = shop.product("999999999.99", 2_000_000);
    assert_eq!(invalid_fields(shop.try_order(&ada, &[(gold.id, 1001)])), ["items"]);
    assert_eq!(invalid_fields(shop.try_order(&ada, &[(gold.id, 1_000_000), (gold.id, 1_000_000)])), ["items"]);
    assert_eq!(shop.pending_order(&ada, &[(gold.id, 1000)]).total, money("999999999990.00"));
}

fn an_order_that_costs_nothing_is_completed_at_once(shop: &Shop) {
    let (ada, sample) = (shop.user(), shop.product("0.00", 5));
    let order = shop.paid_order(&ada, &[(sample.id, 1)]);
    assert_eq!((order.status, order.total, order.payments.len()), (OrderStatus::Completed, money("0.00"), 0));
    assert!(order.completed_at.is_some());
    shop.expect_clean();
}

fn a_captured_payment_completes_the_order_it_is_placed_with(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("29.99", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 2)]);
    assert_eq!((order.status, order.completed_at), (OrderStatus::Completed, Some(order.placed_at)));
    let payment = order.payment.unwrap();
    assert_eq!((payment.amount, payment.paid_at), (money("59.98"), Some(order.placed_at)));
    shop.expect_clean();
}

fn a_part_paid_with_the_order_leaves_it_pending(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let part = NewOrder::builder(ada.id).item(lamp.id, 2).payment(card_of("5.00")).build().unwrap();
    let order = shop.orders().place(part).unwrap();
    assert_eq!((order.status, order.payment.unwrap().amount), (OrderStatus::Pending, money("5.00")));
    shop.expect_clean();
}

fn paying_more_than_the_order_costs_is_refused_with_the_order(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let much = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card_of("10.01")).build().unwrap();
    assert_eq!(invalid_fields(shop.orders().place(much)), ["payment.amount"]);
    let nothing = NewPayment::builder(PaymentMethod::Card).captured().amount(money("0.00"));
    let nothing = NewOrder::builder(ada.id).item(lamp.id, 1).payment(nothing).build();
    assert_eq!(invalid_fields(nothing.map_err(ecomdb::Error::from)), ["payment.amount"]);
    assert_eq!(shop.stock(&lamp), 10);
}

fn a_later_price_does_not_change_an_order(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let dearer = ProductPatch::default().price(money("99.00"));
    shop.products().update(lamp.id, dearer).unwrap();
    assert_eq!(shop.order_now(order.id).items[0].unit_price, money("10.00"));
    assert_eq!(shop.pending_order(&ada, &[(lamp.id, 1)]).total, money("99.00"));
    shop.expect_clean();
}

fn a_cancelled_order_gives_its_stock_back_once(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 4)]);
    let cancelled = shop.orders().cancel(order.id).unwrap();
    assert_eq!((cancelled.status, shop.stock(&lamp)), (OrderStatus::Cancelled, 10));
    assert!(cancelled.cancelled_at.unwrap() >= order.placed_at);
    let again = conflict(shop.orders().cancel(order.id));
    assert!(
        matches!(
            again,
            Conflict::IllegalOrderTransition { from: OrderStatus::Cancelled, to: OrderStatus::Cancelled, .. }
        ),
        "{again:?}"
    );
    assert_eq!(shop.stock(&lamp), 10);
    shop.expect_clean();
}

fn a_completed_order_cannot_be_cancelled(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.paid_order(&ada, &[(lamp.id, 4)]);
    let refused = conflict(shop.orders().cancel(order.id));
    assert!(
        matches!(
            refused,
            Conflict::IllegalOrderTransition { from: OrderStatus::Completed, to: OrderStatus::Cancelled, .. }
        ),
        "{refused:?}"
    );
    assert_eq!((shop.order_now(order.id), shop.stock(&lamp)), (order, 6));
}

fn an_order_that_costs_nothing_can_be_cancelled_once(shop: &Shop) {
    let (ada, sample, lamp) = (shop.user(), shop.product("0.00", 5), shop.product("1.00", 5));
    let order = shop.pending_order(&ada, &[(sample.id, 2)]);
    let paid = shop.paid_order(&ada, &[(sample.id, 1), (lamp.id, 1)]);
    let sold = || shop.analytics().average_order_value(&ecomdb::Period::ALL).unwrap().orders;
    assert_eq!((order.status, sold()), (OrderStatus::Completed, 2));
    let cancelled = shop.orders().cancel(order.id).unwrap();
    assert_eq!((cancelled.status, cancelled.completed_at), (OrderStatus::Cancelled, None));
    assert!(cancelled.cancelled_at.unwrap() >= order.placed_at);
    assert_eq!((shop.stock(&sample), sold()), (4, 1));
    let again = conflict(shop.orders().cancel(order.id));
    assert!(
        matches!(
            again,
            Conflict::IllegalOrderTransition { from: OrderStatus::Cancelled, to: OrderStatus::Cancelled, .. }
        ),
        "{again:?}"
    );
    assert!(conflict(shop.orders().cancel(paid.id)).to_string().contains("or one of 0.00"));
    assert_eq!(shop.stock(&sample), 4);
    shop.expect_clean();
}

fn cancelling_gives_back_what_was_paid_and_ends_what_was_begun(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    shop.payments().create(order.id, card_of("4.00")).unwrap();
    shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Paypal)).unwrap();
    let cancelled = shop.orders().cancel(order.id).unwrap();
    let states: Vec<_> = cancelled.payments.iter().map(|p| p.status.as_str()).collect();
    assert_eq!((states, cancelled.refunded), (vec!["refunded", "failed"], money("4.00")));
    assert_eq!(cancelled.refunds.iter().map(|r| r.amount).collect::<Vec<_>>(), [money("4.00")]);
    shop.expect_clean();
}

fn orders_are_listed_by_user_and_status_the_latest_first(shop: &Shop) {
    let (ada, bob, lamp) = (shop.user(), shop.user(), shop.product("10.00", 10));
    let first = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let second = shop.paid_order(&ada, &[(lamp.id, 1)]);
    let third = shop.pending_order(&bob, &[(lamp.id, 1)]);
    let ids = |filter: OrderFilter| {
        shop.orders().list(&filter).unwrap().items.iter().map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(OrderFilter::default()), [third.id, second.id, first.id]);
    assert_eq!(ids(OrderFilter::default().user_id(ada.id)), [second.id, first.id]);
    let pending = OrderFilter::default().status(OrderStatus::Pending);
    assert_eq!(ids(pending.clone()), [third.id, first.id]);
    assert_eq!(ids(pending.user_id(ada.id)), [first.id]);
}

fn a_user_without_orders_has_an_empty_list_and_a_missing_user_has_none(shop: &Shop) {
    let ada = shop.user();
    let of = |user_id| OrderFilter::default().user_id(user_id);
    assert!(shop.orders().list(&of(ada.id)).unwrap().items.is_empty());
    assert!(shop.orders().list(&of(UserId::new(999))).unwrap_err().is_not_found());
}

fn a_missing_order_is_not_found(shop: &Shop) {
    let id = OrderId::new(77);
    assert!(shop.orders().get(id).unwrap_err().is_not_found());
    assert!(shop.orders().cancel(id).unwrap_err().is_not_found());
    assert!(shop.payments().create(id, card()).unwrap_err().is_not_found());
    assert!(shop.payments().refund(id, ecomdb::NewRefund::builder("x").build().unwrap()).unwrap_err().is_not_found());
}
