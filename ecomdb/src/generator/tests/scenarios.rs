use chrono::TimeDelta;

use super::super::{Dataset, Scenario};
use super::to;

fn refusal(scenario: Scenario) -> String {
    Dataset::new(scenario).unwrap_err().to_string()
}

#[test]
fn presets_are_valid() {
    for scenario in [Scenario::new(to()), Scenario::small(to()), Scenario::demo(to()), Scenario::large(to())] {
        assert_eq!(scenario.validate(), Ok(()));
    }
}

#[test]
fn a_refusal_names_the_field_its_value_and_what_is_allowed() {
    let small = || Scenario::small(to());
    let cases = [
        (Scenario { growth: 11.0, ..small() }, "scenario: growth is 11; allowed: -0.9 to 10"),
        (Scenario { unpaid: -0.1, ..small() }, "scenario: unpaid is -0.1; allowed: 0 to 1"),
        (Scenario { affinity: f64::NAN, ..small() }, "scenario: affinity is NaN; allowed: 0 to 1"),
        (Scenario { basket_lines: 0.5, ..small() }, "scenario: basket_lines is 0.5; allowed: 1 to 10"),
        (Scenario { stock_cover_days: 0, ..small() }, "scenario: stock_cover_days is 0; allowed: 1 to 365"),
        (Scenario { products: 0, ..small() }, "scenario: products is 0; allowed: at least 1 when there are orders"),
        (Scenario { users: 0, ..small() }, "scenario: users is 0; allowed: at least 1 when there are orders"),
        (Scenario { users: 1 << 40, ..small() }, "scenario: users is 1099511627776; allowed: 0 to 1000000000"),
        (Scenario { hours: [0.0; 24], ..small() }, "scenario: hours is 0; allowed: a sum above 0"),
        (
            Scenario { cancelled: 0.6, refunded: 0.5, ..small() },
            "scenario: unpaid + cancelled + expired + refunded + partially_refunded is 1.18; allowed: at most 1",
        ),
    ];
    for (scenario, message) in cases {
        assert_eq!(refusal(scenario), message);
    }
}

#[test]
fn every_value_is_refused_outside_of_its_bounds() {
    macro_rules! assert_bounds {
        ($($field:ident $low:literal $high:literal)+) => {$(
            for value in [$low - 1e-9, $high + 1e-9, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let error = Scenario { $field: value, ..Scenario::small(to()) }.validate().unwrap_err();
                assert_eq!(error.field(), stringify!($field), "{value}");
            }
            for value in [$low, $high] {
                // The extreme alone may be valid, but combined with other values it can exceed a limit.
                let field = Scenario { $field: value, ..Scenario::small(to()) }.validate().err();
                assert!(field.is_none_or(|error| error.field() != stringify!($field)), "{value}");
            }
        )+};
    }
    assert_bounds! {
        growth -0.9 10.0   weekly_season 0.0 1.0   yearly_season 0.0 1.0   unpaid 0.0 1.0   failed_first 0.0 1.0
        cancelled 0.0 1.0   expired 0.0 1.0   late_payments 0.0 1.0   refunded 0.0 1.0   partially_refunded 0.0 1.0   basket_lines 1.0 10.0   affinity 0.0 1.0
        zipf_exponent 0.0 5.0   buyer_share 0.0 1.0   repeat_share 0.0 1.0   loyalty 0.0 3.0   recency 0.0 1.0
        price_changes 0.0 52.0   launches 0.0 0.5   out_of_stock 0.0 0.3
    }
    let small = || Scenario::small(to());
    let mut hours = small().hours;
    hours[7] = f64::NAN;
    for (scenario, field) in [
        (Scenario { users: 1_000_000_001, ..small() }, "users"),
        (Scenario { products: 1_000_001, ..small() }, "products"),
        (Scenario { orders: 10_000_000_001, ..small() }, "orders"),
        (Scenario { hours, ..small() }, "hours"),
        (Scenario { stock_cover_days: 366, ..small() }, "stock_cover_days"),
        (Scenario { restock_lead_days: 91, ..small() }, "restock_lead_days"),
    ] {
        assert_eq!(scenario.validate().unwrap_err().field(), field);
    }
}

#[test]
fn a_period_must_have_a_beginning_before_its_end() {
    for from in [to(), to() + TimeDelta::days(1), to() - TimeDelta::minutes(59), to() - TimeDelta::days(60 * 366)] {
        let error = Scenario { from, ..Scenario::small(to()) }.validate().unwrap_err();
        assert!(["from", "to"].contains(&error.field()), "{error}");
    }
}

#[test]
fn the_ends_of_time_are_refused_and_not_overflowed() {
    use chrono::{DateTime, Utc};
    for to in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert!(Dataset::new(Scenario::large(to)).is_err());
    }
}

#[test]
fn trading_hours_must_lie_in_the_period() {
    let mut hours = [0.0; 24];
    hours[3] = 1.0;
    let from = to() - TimeDelta::hours(2);
    let message = refusal(Scenario { from, hours, ..Scenario::small(to()) });
    assert!(message.contains("between from and to"), "{message}");
}

#[test]
fn orders_keep_to_the_hours_of_trading() {
    let mut hours = [0.0; 24];
    hours[9..17].fill(1.0);
    let dataset = Dataset::new(Scenario { hours, ..Scenario::small(to()) }).unwrap();
    for bundle in dataset.orders() {
        let hour = bundle.order.placed_at / 3_600_000_000 % 24;
        assert!((9..17).contains(&hour), "{hour}");
    }
}

#[test]
fn the_largest_shop_is_within_reach_of_its_integers() {
    let dataset =
        Dataset::new(Scenario { users: 1_000_000_000, orders: 10_000_000_000, ..Scenario::small(to()) }).unwrap();
    let last = dataset.orders_range(9_999_999_900..u64::MAX);
    let last: Vec<_> = last.collect();
    assert_eq!(last.len(), 100);
    assert!(last.iter().flat_map(|bundle| &bundle.payments).all(|payment| payment.id < 1 << 53));
    assert!(last.iter().all(|bundle| (1..=1_000_000_000).contains(&bundle.order.user_id)));
    let users: Vec<_> = dataset.users_range(999_999_900..u64::MAX).collect();
    assert_eq!(users.len(), 100);
    assert!(users.is_sorted_by_key(|user| user.created_at));
}
