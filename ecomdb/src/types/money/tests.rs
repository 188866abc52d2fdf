use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_amount_is_refused_with_the_reason() {
    use ParseMoneyError::{NotDecimal, OutOfRange, TooPrecise};
    for (text, error) in [
        ("", NotDecimal),
        (".5", NotDecimal),
        ("5.", NotDecimal),
        ("+5", NotDecimal),
        ("--5", NotDecimal),
        ("1,000", NotDecimal),
        ("1e400", NotDecimal),
        ("NaN", NotDecimal),
        ("inf", NotDecimal),
        (" 1", NotDecimal),
        ("\u{0661}", NotDecimal),
        ("1.999", TooPrecise),
        ("1.990", TooPrecise),
        ("92233720368547758.08", OutOfRange),
        ("99999999999999999999999999999999999999999999", OutOfRange),
    ] {
        assert_eq!(text.parse::<Money>(), Err(error), "{text:?}");
    }
}

#[test]
fn the_extremes_are_read_and_written() {
    for minor in [i64::MIN, -1, 0, 1, i64::MAX] {
        let text = Money::from_minor(minor).to_string();
        assert_eq!(text.parse(), Ok(Money::from_minor(minor)), "{text}");
    }
}

#[test]
fn json_numbers_are_read_by_their_digits() {
    let read = |json: &str| serde_json::from_str::<Money>(json).map(Money::minor).ok();
    assert_eq!(read("29.99"), Some(2999));
    assert_eq!(read("\"29.99\""), Some(2999));
    assert_eq!(read("30"), Some(3000));
    assert_eq!(read("90071992547409.93"), Some(9_007_199_254_740_993), "an f64 would say .94 or .92");
    assert_eq!(read("1.999"), None);
    assert_eq!(read("1e2"), Some(10_000));
    assert_eq!(read("10.000"), Some(1_000));
    assert_eq!(read("\"1e2\""), None);
    assert_eq!(read("true"), None);
}

#[test]
fn what_does_not_fit_is_none_and_never_another_amount() {
    let (max, min, cent) = (Money::MAX, Money(i64::MIN), Money(1));
    assert_eq!((max.checked_add(cent), min.checked_sub(cent), max.checked_mul(2)), (None, None, None));
    assert_eq!([max, cent].into_iter().sum::<Option<Money>>(), None);
    assert_eq!([max, cent, Money(-1)].into_iter().sum::<Option<Money>>(), None, "a part of the sum does not fit");
    assert!(max.plus(cent).is_err() && min.minus(cent).is_err() && max.times(2).is_err());
    assert_eq!(Vec::<Money>::new().into_iter().sum::<Option<Money>>(), Some(Money::ZERO));
}

#[test]
fn division_rounds_half_up() {
    let cases = [(10, 4, 3), (-10, 4, -2), (9, 2, 5), (100, 3, 33), (0, 7, 0), (5, 0, 0)];
    for (amount, parts, share) in cases {
        assert_eq!(Money(amount).divided_by(parts), Money(share), "{amount} / {parts}");
    }
}

proptest! {
    #[test]
    fn text_and_decimal_round_trip(minor: i64) {
        let amount = Money::from_minor(minor);
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        prop_assert_eq!(Money::try_from(BigDecimal::from(amount)), Ok(amount));
        prop_assert_eq!(BigDecimal::from(amount).to_string().parse(), Ok(amount));
    }

    #[test]
    fn no_text_makes_it_panic(text: String) {
        let _ = text.parse::<Money>();
    }
}
