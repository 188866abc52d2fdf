//! JSON numbers, parsed from their digits without a float.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Expected, MapAccess, Unexpected, Visitor};

/// Field name under which serde_json passes the digits of a number (feature `arbitrary_precision`).
const DIGITS: &str = "$serde_json::private::Number";

/// Maximum number of digits that an error message quotes.
const SHOWN: usize = 40;

/// Reason why a number is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Too many decimal places.
    TooPrecise,
    /// Outside the range of `i64`.
    OutOfRange,
}

/// Converts a JSON number, such as `-1.50` or `15e1`, to units of 10^-`places`. All notations of a number give the same
/// result.
pub(crate) fn scaled(number: &str, places: i64) -> Result<i64, Unfit> {
    let (sign, number) = number.strip_prefix('-').map_or((1, number), |number| (-1, number));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len() - significant.len();
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    // An exponent outside of `i32` behaves like the nearest limit.
    let beyond = if exponent.starts_with('-') { i32::MIN } else { i32::MAX };
    let exponent = i64::from(exponent.parse::<i32>().unwrap_or(beyond));
    let power = exponent + places + zeros as i64 - fraction.len() as i64;
    let power = u32::try_from(power).map_err(|_| if power < 0 { Unfit::TooPrecise } else { Unfit::OutOfRange })?;
    // An i64 has at most 19 digits; 19 digits times 10^19 fit an i128.
    if power > 19 || significant.len() > 19 {
        return Err(Unfit::OutOfRange);
    }
    let significant: i128 = significant.parse().map_err(|_| Unfit::OutOfRange)?;
    i64::try_from(sign * significant * 10_i128.pow(power)).map_err(|_| Unfit::OutOfRange)
}

/// Digits of a number in `visit_map`. Objects of the document are refused, even if they look like serde_json's internal
/// representation.
pub(crate) fn digits<'de, A: MapAccess<'de>>(mut map: A, expected: &dyn Expected) -> Result<String, A::Error> {
    if let Some(Key(true)) = map.next_key()?
        && let Value(Some(digits)) = map.next_value()?
    {
        return Ok(digits);
    }
    Err(de::Error::invalid_type(Unexpected::Map, expected))
}

/// Whether a key is [`DIGITS`].
struct Key(bool);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key(name == DIGITS))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

/// The digits, or `None`. serde_json passes the digits of a number as an owned string, and strings of the document as
/// borrowed ones.
struct Value(Option<String>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_string<E: de::Error>(self, digits: String) -> Result<Value, E> {
                Ok(Value(Some(digits)))
            }

            fn visit_str<E: de::Error>(self, _: &str) -> Result<Value, E> {
                Ok(Value(None))
            }
        }

        deserializer.deserialize_any(Digits)
    }
}

/// Deserializes an integer in any JSON notation: 100, 100.0 and 1e2 are equal, as in JSON Schema.
///
/// # Errors
/// If the value is not an integer in the range of `i64`.
#[doc(hidden)]
pub fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct Whole;

    impl<'de> Visitor<'de> for Whole {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(|_| too_large(&number.to_string()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<i64, A::Error> {
            let number = digits(map, &self)?;
            scaled(&number, 0).map_err(|unfit| match unfit {
                Unfit::TooPrecise => de::Error::custom(format!("must be a whole number, not {}", short(&number))),
                Unfit::OutOfRange => too_large(&number),
            })
        }
    }

    if deserializer.is_human_readable() {
        deserializer.deserialize_any(Whole)
    } else {
        deserializer.deserialize_i64(Whole)
    }
}

fn too_large<E: de::Error>(number: &str) -> E {
    E::custom(format!("must be a whole number of at most 63 bits, not {}", short(number)))
}

/// The number, or its first digits.
fn short(number: &str) -> String {
    // serde_json has parsed it, so it is ASCII.
    match number.get(..SHOWN) {
        Some(first) if number.len() > SHOWN => format!("{first}…"),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::{Money, ProductId};

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for (number, places, value) in [
            ("100", 0, Ok(100)),
            ("100.0", 0, Ok(100)),
            ("1e2", 0, Ok(100)),
            ("1E+2", 0, Ok(100)),
            ("10000e-2", 0, Ok(100)),
            ("-0", 0, Ok(0)),
            ("0e999999999999999999999", 0, Ok(0)),
            ("10.000", 2, Ok(1000)),
            ("29.99", 2, Ok(2999)),
            ("-0.10", 2, Ok(-10)),
            ("9007199254740993.0", 0, Ok(9_007_199_254_740_993)),
            ("9223372036854775807", 0, Ok(i64::MAX)),
            ("-9223372036854775808", 0, Ok(i64::MIN)),
            ("9223372036854775808", 0, Err(Unfit::OutOfRange)),
            ("1e400", 0, Err(Unfit::OutOfRange)),
            ("1e999999999999999999999", 0, Err(Unfit::OutOfRange)),
            ("1e-999999999999999999999", 0, Err(Unfit::TooPrecise)),
            ("1.00000000000000000000000001", 0, Err(Unfit::TooPrecise)),
            ("1.999", 2, Err(Unfit::TooPrecise)),
        ] {
            assert_eq!(scaled(number, places), value, "{number}");
        }
        let long = "0".repeat(1_000_000);
        assert_eq!(scaled(&format!("1.{long}"), 0), Ok(1));
        assert_eq!(scaled(&format!("1{long}"), 0), Err(Unfit::OutOfRange));
    }

    #[test]
    fn an_object_is_no_number_whatever_its_fields_are_called() {
        for json in [
            r#"{"$serde_json::private::Number":"5"}"#,
            r#"{"\u0024serde_json::private::Number":"\u0035"}"#,
            r#"{"$serde_json::private::Number":5}"#,
            r#"{"$serde_json::private::Number":"5","a":1}"#,
            r#"{"$serde_json::private::Number":{}}"#,
            r#"{"$serde_json::private::Number":{"$serde_json::private::Number":"5"}}"#,
            "{}",
        ] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
            assert!(serde_json::from_reader::<_, Money>(json.as_bytes()).is_err(), "{json}");
            assert!(serde_json::from_str::<ProductId>(json).is_err(), "{json}");
            assert!(serde_json::from_reader::<_, ProductId>(json.as_bytes()).is_err(), "{json}");
        }
        for number in ["5", "5.0", "50e-1"] {
            assert_eq!(serde_json::from_str::<Money>(number).ok(), Some(Money::from_minor(500)), "{number}");
            assert_eq!(serde_json::from_reader::<_, ProductId>(number.as_bytes()).ok(), Some(ProductId::new(5)));
        }
        assert_eq!(serde_json::from_value::<ProductId>(serde_json::json!(5)).ok(), Some(ProductId::new(5)));
    }

    proptest! {
        #[test]
        fn what_was_shifted_by_an_exponent_is_the_same(number in -999_999_999_i64..=999_999_999, by in 0_usize..9) {
            let zeros = "0".repeat(by);
            prop_assert_eq!(scaled(&format!("{number}{zeros}e-{by}"), 0), Ok(number));
            prop_assert_eq!(scaled(&format!("{number}.{zeros}E0"), 0), Ok(number));
            prop_assert_eq!(scaled(&format!("{number}e{by}"), 0), Ok(number * 10_i64.pow(by as u32)));
        }
    }
}
