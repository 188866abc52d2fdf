use std::collections::{HashMap, HashSet};

use super::super::{Dataset, MovementRow, OrderBundle, Scenario};
use super::{dataset, movements, scenarios, to};
use crate::{MovementReason, OrderStatus};

/// All changes of stock in the order of the ledger: time, order among those of the same time, product, delta.
fn ledger(dataset: &Dataset, movements: &[MovementRow]) -> Vec<(i64, u8, i64, i64)> {
    let mut ledger: Vec<_> = movements.iter().map(|m| (m.created_at, 0, m.product_id, m.delta)).collect();
    for OrderBundle { order, items, refunds, .. } in dataset.orders() {
        let restocked = refunds.iter().filter(|refund| refund.restocked).map(|refund| refund.created_at);
        let back: Vec<i64> = order.cancelled_at.into_iter().chain(restocked).collect();
        for item in items {
            ledger.push((order.placed_at, 1, item.product_id, -item.quantity));
            ledger.extend(back.iter().map(|at| (*at, 2, item.product_id, item.quantity)));
        }
    }
    ledger.sort_unstable();
    ledger
}

#[test]
fn stock_is_never_negative_and_adds_up_to_the_inventory() {
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let (movements, keeper) = movements(&dataset);
        let end = dataset.scenario().to.timestamp_micros();
        let mut stock: HashMap<i64, (i64, i64)> = HashMap::new();
        for (at, _, product, delta) in ledger(&dataset, &movements) {
            assert!(at < end, "{name}");
            let (quantity, updated_at) = stock.entry(product).or_default();
            (*quantity, *updated_at) = (*quantity + delta, at);
            assert!(*quantity >= 0, "{name}: product {product}");
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
fn movements_are_what_no_order_says() {
    use MovementReason::{Adjustment, Initial, Restock};
    for (name, scenario) in scenarios() {
        let dataset = dataset(scenario);
        let (mut last, mut listed) = (0, HashSet::new());
        for (movement, id) in movements(&dataset).0.iter().zip(1..) {
            assert_eq!(movement.id, id, "{name}");
            assert!(last <= movement.created_at, "{name}");
            last = movement.created_at;
            assert!(matches!(movement.reason, Initial | Restock | Adjustment), "{name}: {movement:?}");
            assert_eq!(listed.insert(movement.product_id), movement.reason == Initial, "{name}");
            assert_ne!(movement.delta, 0);
        }
        for bundle in dataset.orders() {
            let is_cancelled = bundle.order.status == OrderStatus::Cancelled;
            assert_eq!(bundle.order.cancelled_at.is_some(), is_cancelled);
            let restocked = bundle.refunds.iter().filter(|refund| refund.restocked).count();
            assert!(restocked + usize::from(is_cancelled) <= 1, "{name}: the units return once");
        }
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
