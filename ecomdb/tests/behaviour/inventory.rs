use ecomdb::{Conflict, MovementReason, PageRequest, ProductId};

use crate::shop::{Shop, conflict, invalid_fields};

behaviours! {
    a_restock_adds_units_and_is_in_the_ledger
    an_adjustment_can_go_down_to_nothing_but_not_below
    impossible_movements_are_refused_by_field
    the_reorder_level_can_be_set
    the_ledger_tells_what_each_order_took_and_gave_back
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
    let ledger: Vec<_> = ledger.iter().map(|m| (m.delta, m.reason, m.order_id)).collect();
    let expected = [
        (3, MovementReason::Cancel, Some(order.id)),
        (-3, MovementReason::Sale, Some(order.id)),
        (5, MovementReason::Initial, None),
    ];
    assert_eq!(ledger, expected);
}
