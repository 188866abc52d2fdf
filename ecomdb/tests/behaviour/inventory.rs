use std::ops::ControlFlow;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use ecomdb::generator::Scenario;
use ecomdb::{
    Conflict, Database, Limit, Movement, MovementReason, NewOrder, NewRefund, PageRequest, ProductFilter, ProductId,
    RowCount,
};

use crate::shop::{Shop, TestClock, card, card_of, conflict, invalid_fields, money};

behaviours! {
    a_restock_adds_units_and_is_in_the_ledger
    an_adjustment_can_go_down_to_nothing_but_not_below
    impossible_movements_are_refused_by_field
    the_reorder_level_can_be_set
    the_ledger_tells_what_each_order_took_and_gave_back
    entries_of_the_same_time_are_each_on_one_page
    the_ledger_of_a_product_is_what_the_view_has_of_it
}

fn a_restock_adds_units_and_is_in_the_ledger(shop: &Shop) {
    let lamp = shop.product("1.00", 5);
    assert_eq!(shop.inventory().restock(lamp.id, 7, Some("delivery 17")).unwrap().quantity, 12);
    let latest = shop.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items.remove(0);
    assert_eq!(
        (latest.delta, latest.reason, latest.note.as_deref()),
        (7, MovementReason::Restock, Some("delivery 17"))
    );
    shop.expect_clean();
}

fn an_adjustment_can_go_down_to_nothing_but_not_below(shop: &Shop) {
    let lamp = shop.product("1.00", 5);
    let refused = conflict(shop.inventory().adjust(lamp.id, -6, None));
    assert_eq!(refused, Conflict::InsufficientStock { product_id: lamp.id, requested: 6, available: Some(5) });
    assert_eq!(shop.inventory().adjust(lamp.id, -5, None).unwrap().quantity, 0);
    shop.expect_clean();
}

fn impossible_movements_are_refused_by_field(shop: &Shop) {
    let lamp = shop.product("1.00", 5);
    for quantity in [0, -1, 1_000_001, i64::MIN, i64::MAX] {
        assert_eq!(invalid_fields(shop.inventory().restock(lamp.id, quantity, None)), ["quantity"]);
    }
    for delta in [0, 1_000_001, i64::MIN, i64::MAX] {
        assert_eq!(invalid_fields(shop.inventory().adjust(lamp.id, delta, Some(""))), ["delta", "note"]);
    }
    assert_eq!(shop.stock(&lamp), 5);
    assert!(shop.inventory().restock(ProductId::new(99), 1, None).unwrap_err().is_not_found());
}

fn the_reorder_level_can_be_set(shop: &Shop) {
    let lamp = shop.product("1.00", 5);
    assert_eq!(shop.inventory().set_reorder_level(lamp.id, 9).unwrap().reorder_level, 9);
    assert_eq!(invalid_fields(shop.inventory().set_reorder_level(lamp.id, -1)), ["reorder_level"]);
    assert!(shop.inventory().set_reorder_level(ProductId::new(99), 1).unwrap_err().is_not_found());
    assert_eq!(shop.products().get(lamp.id).unwrap().reorder_level, Some(9));
}

fn the_ledger_tells_what_each_order_took_and_gave_back(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("1.00", 5));
    let order = shop.pending_order(&ada, &[(lamp.id, 3)]);
    shop.orders().cancel(order.id).unwrap();
    let ledger = shop.inventory().movements(lamp.id, &PageRequest::default()).unwrap().items;
    assert_eq!((ledger[0].id, ledger[1].id, ledger[2].id.is_some()), (None, None, true));
    let ledger: Vec<_> = ledger.iter().map(|m| (m.delta, m.reason, m.order_id)).collect();
    let expected = [
        (3, MovementReason::Cancel, Some(order.id)),
        (-3, MovementReason::Sale, Some(order.id)),
        (5, MovementReason::Initial, None),
    ];
    assert_eq!(ledger, expected);
    assert_eq!(shop.inventory().count_movements(lamp.id).unwrap(), RowCount::Exactly(3));
}

/// The pages of a product's ledger, forwards and back again.
fn there_and_back(shop: &Database, product: ProductId, size: i64) -> [Vec<Movement>; 2] {
    let list = |page| shop.inventory().movements(product, &page).unwrap();
    let request = || PageRequest::default().limit(Limit::new(size).unwrap());
    let (mut page, mut there, mut back) = (list(request()), Vec::new(), Vec::new());
    loop {
        there.extend(page.items.iter().cloned());
        let Some(next) = page.next.clone() else { break };
        page = list(request().after(next));
    }
    loop {
        back.extend(page.items.into_iter().rev());
        let Some(previous) = page.previous else { break };
        page = list(request().before(previous));
    }
    back.reverse();
    [there, back]
}

fn entries_of_the_same_time_are_each_on_one_page(shop: &Shop) {
    let db = shop.open_with(&TestClock::at("2026-03-02T12:00:00Z"));
    let ada = shop.user();
    let lamp = ecomdb::NewProduct::builder("Lamp", shop.category().id, money("10.00")).initial_stock(9);
    let lamp = db.products().create(lamp.build().unwrap()).unwrap();
    let order = |payment| {
        let order = NewOrder::builder(ada.id).item(lamp.id, 2).payment(payment);
        db.orders().place(order.build().unwrap()).unwrap().id
    };
    let [paid, pending, other] = [order(card()), order(card_of("1.00")), order(card())];
    db.inventory().restock(lamp.id, 4, None).unwrap();
    db.payments().refund(other, NewRefund::builder("late").restock().build().unwrap()).unwrap();
    db.orders().cancel(pending).unwrap();
    db.payments().refund(paid, NewRefund::builder("late").restock().build().unwrap()).unwrap();

    let expected = [
        (2, MovementReason::Return, Some(other)),
        (2, MovementReason::Return, Some(paid)),
        (2, MovementReason::Cancel, Some(pending)),
        (-2, MovementReason::Sale, Some(other)),
        (-2, MovementReason::Sale, Some(pending)),
        (-2, MovementReason::Sale, Some(paid)),
        (4, MovementReason::Restock, None),
        (9, MovementReason::Initial, None),
    ];
    for size in [1, 2, 3, 8] {
        for ledger in there_and_back(&db, lamp.id, size) {
            let ledger: Vec<_> = ledger.iter().map(|m| (m.delta, m.reason, m.order_id)).collect();
            assert_eq!(ledger, expected, "pages of {size}");
        }
    }
    assert_eq!(db.inventory().count_movements(lamp.id).unwrap(), RowCount::Exactly(8));
    shop.expect_clean();
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = BigInt)]
    delta: i64,
    #[diesel(sql_type = Text)]
    reason: MovementReason,
    #[diesel(sql_type = Nullable<BigInt>)]
    order_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
}

/// The first products were sold often, but before any order of the others.
fn the_ledger_of_a_product_is_what_the_view_has_of_it(shop: &Shop) {
    let year = |year: &str| format!("{year}-01-01T00:00:00Z").parse().unwrap();
    for (from, to, orders) in [("2024", "2025", 2_500), ("2025", "2026", 12_000)] {
        let scenario = Scenario { from: year(from), users: 50, products: 2, orders, ..Scenario::small(year(to)) };
        shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    }
    for product in shop.products().list(&ProductFilter::default()).unwrap().items {
        let mut expected: Vec<Entry> = shop
            .read(move |conn| {
                let view = "SELECT delta, reason, order_id, note FROM inventory_ledger WHERE product_id = ";
                Ok(diesel::sql_query(format!("{view}{} ORDER BY at DESC, COALESCE(order_id, 0) DESC", product.id))
                    .load(conn)?)
            })
            .unwrap();
        let entries = |reason| expected.iter().filter(|entry| entry.reason == reason).count();
        assert!(entries(MovementReason::Sale) > 1_000, "they are not all read at once");
        assert!(entries(MovementReason::Cancel) > 0 && entries(MovementReason::Return) > 0);
        assert_eq!(expected.iter().map(|entry| entry.delta).sum::<i64>(), shop.stock(&product));
        let expected: Vec<_> = expected.drain(..).map(|e| (e.delta, e.reason, e.order_id, e.note)).collect();
        for ledger in there_and_back(shop.handle(), product.id, 700) {
            assert!(ledger.is_sorted_by(|a, b| a.created_at >= b.created_at));
            let ledger = ledger.into_iter().map(|m| (m.delta, m.reason, m.order_id.map(i64::from), m.note));
            assert!(ledger.eq(expected.iter().cloned()), "{}", product.name);
        }
        let count = i64::try_from(expected.len()).unwrap();
        let count = if count > RowCount::MAX { RowCount::More } else { RowCount::Exactly(count) };
        assert_eq!(shop.inventory().count_movements(product.id).unwrap(), count);
    }
}
