use std::collections::HashMap;

use super::super::Scenario;
use super::{dataset, movements, scenarios, to};
use crate::{MovementReason, OrderStatus};

#[test]
fn stock_is_never_negative_and_adds_up_to_the_inventory() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let (movements, keeper) = movements(&dataset);
        let end = dataset.scenario().to.timestamp_micros();
        let mut stock: HashMap<i64, (i64, i64)> = HashMap::new();
        let mut last = 0;
        for (movement, id) in movements.iter().zip(1..) {
            assert_eq!(movement.id, id, "{name}");
            assert!(last <= movement.created_at && movement.created_at < end, "{name}");
            last = movement.created_at;
            let first = !stock.contains_key(&movement.product_id);
            assert_eq!(first, movement.reason == MovementReason::Initial, "{name}");
            assert_ne!(movement.delta, 0);
            let (quantity, updated_at) = stock.entry(movement.product_id).or_default();
            *quantity += movement.delta;
            *updated_at = movement.created_at;
            assert!(*quantity >= 0, "{name}: {movement:?}");
        }
        let mut rows = 0;
        for row in keeper.inventory() {
            rows += 1;
            assert_eq!((row.quantity, row.updated_at), stock[&row.product_id], "{name}");
            assert!(row.reorder_level >= 0);
        }
        assert_eq!(rows, dataset.scenario().products, "{name}");
    }
}

#[test]
fn the_ledger_explains_every_order() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let mut booked: HashMap<(i64, i64, MovementReason), (i64, i64)> = HashMap::new();
        for movement in movements(&dataset).0 {
            if let Some(order_id) = movement.order_id {
                let key = (order_id, movement.product_id, movement.reason);
                let value = (movement.delta, movement.created_at);
                assert!(booked.insert(key, value).is_none(), "{name}: {movement:?}");
            }
        }
        for bundle in dataset.orders() {
            let order = &bundle.order;
            let restocked = bundle.refunds.iter().find(|refund| refund.restocked);
            assert_eq!(order.status == OrderStatus::Cancelled, order.cancelled_at.is_some());
            for item in &bundle.items {
                let mut take = |reason| booked.remove(&(order.id, item.product_id, reason));
                let sale = Some((-item.quantity, order.placed_at));
                assert_eq!(take(MovementReason::Sale), sale, "{name}");
                let cancel = order.cancelled_at.map(|time| (item.quantity, time));
                assert_eq!(take(MovementReason::Cancel), cancel, "{name}");
                let back = restocked.map(|refund| (item.quantity, refund.created_at));
                assert_eq!(take(MovementReason::Return), back, "{name}");
            }
        }
        assert!(booked.is_empty(), "{name}: movements of no order");
    }
}

#[test]
fn shelves_are_refilled_and_some_run_out() {
    let dataset = dataset(Scenario::demo(to()));
    let (movements, keeper) = movements(&dataset);
    let restocks = movements.iter().filter(|m| m.reason == MovementReason::Restock);
    assert!(restocks.count() > 100);
    let empty = keeper.inventory().filter(|row| row.quantity == 0).count();
    let low = keeper.inventory().filter(|row| row.quantity <= row.reorder_level).count();
    assert!((8..40).contains(&empty), "{empty} of 400 out of stock");
    assert!((15..100).contains(&low), "{low} of 400 low");
}

#[test]
fn the_keeper_remembers_a_small_part_of_the_orders() {
    let dataset = dataset(Scenario { orders: 50_000, ..Scenario::demo(to()) });
    let mut keeper = dataset.stock_keeper();
    let (mut movements, mut most) = (Vec::new(), 0);
    for bundle in dataset.orders() {
        keeper.order(&bundle, &mut movements);
        most = most.max(keeper.expected());
        movements.clear();
    }
    assert!(most < 1_000, "{most} expected at once");
}
