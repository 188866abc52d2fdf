use std::collections::HashMap;

use super::super::{Dataset, OrderBundle, Realism, Scenario};
use super::{dataset, scenarios, to};
use crate::types::OrderStatus;

fn observe_catalog(realism: &mut Realism<'_>, dataset: &Dataset) {
    dataset.products().for_each(|row| realism.observe_product(&row));
    dataset.product_external_ids().for_each(|row| realism.observe_external_id(&row));
}

fn assert_realistic(name: &str, scenario: Scenario) {
    let dataset = dataset(scenario);
    let mut realism = dataset.realism();
    observe_catalog(&mut realism, &dataset);
    dataset.orders().for_each(|bundle| realism.observe(&bundle));
    let report = realism.report();
    assert!(report.is_ok(), "{name}:\n{report}");
}

#[test]
fn presets_look_as_asked() {
    assert_realistic("small", Scenario::small(to()));
    assert_realistic("demo", Scenario::demo(to()));
    let large = Scenario { users: 20_000, products: 3_000, orders: 60_000, ..Scenario::large(to()) };
    assert_realistic("large", large);
}

#[test]
fn every_scenario_looks_as_asked() {
    for (name, scenario) in scenarios() {
        assert_realistic(name, scenario);
    }
}

#[test]
fn strong_and_absent_seasons_are_told_apart() {
    for (seed, season) in [(1, 0.0), (2, 1.0)] {
        let scenario = Scenario {
            seed,
            weekly_season: season,
            yearly_season: season,
            growth: 1.0 - season,
            orders: 40_000,
            ..Scenario::demo(to())
        };
        assert_realistic("seasons", scenario);
    }
}

#[test]
fn a_dataset_is_not_what_another_scenario_asked_for() {
    let asked = dataset(Scenario { orders: 20_000, ..Scenario::demo(to()) });
    let other = dataset(Scenario {
        orders: 20_000,
        zipf_exponent: 0.4,
        weekly_season: 0.0,
        yearly_season: 0.0,
        growth: 1.5,
        basket_lines: 3.0,
        unpaid: 0.06,
        cancelled: 0.1,
        expired: 0.1,
        late_payments: 0.5,
        refunded: 0.0,
        partially_refunded: 0.06,
        failed_first: 0.2,
        buyer_share: 0.2,
        hours: [1.0; 24],
        affinity: 0.0,
        vouchers: 0.2,
        discounts: 0.1,
        shipping: 0.7,
        taxed: 0.3,
        grouped: 0.7,
        pictured: 0.5,
        external_ids: 0.4,
        addressed: 0.6,
        billed_elsewhere: 0.5,
        abroad: 0.7,
        ..Scenario::demo(to())
    });
    let mut realism = asked.realism();
    observe_catalog(&mut realism, &other);
    other.orders().for_each(|bundle| realism.observe(&bundle));
    let report = realism.report();
    let passed: Vec<_> = report.measures.iter().filter(|m| m.is_ok()).collect();
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn of_some_unpaid_orders_a_part_was_paid() {
    let dataset = dataset(Scenario::demo(to()));
    let pending = |bundle: &OrderBundle| bundle.order.status == OrderStatus::Pending;
    let (in_part, not): (Vec<_>, Vec<_>) = dataset.orders().filter(pending).partition(|bundle| bundle.order.paid > 0);
    assert!(in_part.len() >= 10 && in_part.len() * 5 < not.len(), "{} and {}", in_part.len(), not.len());
}

#[test]
fn a_few_customers_place_many_orders() {
    let dataset = dataset(Scenario::demo(to()));
    let mut orders = vec![0u32; 3_000];
    dataset.orders().for_each(|bundle| orders[bundle.order.user_id as usize - 1] += 1);
    orders.retain(|&count| count > 0);
    orders.sort_unstable_by(|a, b| b.cmp(a));
    let tenth: u32 = orders[..orders.len() / 10].iter().sum();
    assert!(tenth > 12_000 / 3, "a tenth of the customers places {tenth} of 12000 orders");
    let once = orders.iter().filter(|&&count| count == 1).count();
    assert!(once * 10 > orders.len(), "{once} of {} order once", orders.len());
}

/// Lift of every pair of products with a support of at least 20 orders, highest first.
fn lifts(scenario: Scenario) -> Vec<f64> {
    let dataset = dataset(scenario);
    let mut single: HashMap<i64, f64> = HashMap::new();
    let mut pairs: HashMap<(i64, i64), f64> = HashMap::new();
    for bundle in dataset.orders() {
        for (position, item) in bundle.items.iter().enumerate() {
            *single.entry(item.product_id).or_default() += 1.0;
            for other in &bundle.items[position + 1..] {
                *pairs.entry((item.product_id, other.product_id)).or_default() += 1.0;
            }
        }
    }
    let orders = dataset.scenario().orders as f64;
    let supported = pairs.into_iter().filter(|&(_, count)| count >= 20.0);
    let mut lifts: Vec<f64> =
        supported.map(|((left, right), count)| count * orders / (single[&left] * single[&right])).collect();
    lifts.sort_by(|a, b| b.total_cmp(a));
    lifts
}

#[test]
fn products_bought_together_are_found_by_their_lift() {
    let lifts_found = lifts(Scenario::demo(to()));
    assert!(lifts_found[..40].iter().all(|&lift| lift > 4.0), "{lifts_found:?}");
}

#[test]
fn without_affinity_no_pair_stands_out() {
    let lifts_found = lifts(Scenario { affinity: 0.0, ..Scenario::demo(to()) });
    assert!(lifts_found.iter().all(|&lift| lift < 3.0), "{lifts_found:?}");
}
