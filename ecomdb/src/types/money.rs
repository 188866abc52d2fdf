//! Exact monetary amounts.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::ToPrimitive;
use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::decimal::{Short, push_decimal};
use super::number::{self, Unfit};

/// An exact amount of money in minor units (cents).
///
/// Its text form is a decimal with at most two places. Arithmetic never wraps or saturates: `checked_` methods and sums
/// of `Option<Money>` return `None` on overflow. The operators `+`, `-`, `*` and sums of `Money` panic, as those of
/// integers do in debug builds. Amounts that are entered are far from the limit: see [`Money::MAX_PRICE`] and
/// [`Money::MAX_TOTAL`].
///
/// ```
/// use ecomdb::Money;
///
/// let price: Money = "29.99".parse()?;
/// assert_eq!(price, Money::from_minor(2999));
/// assert_eq!(price.to_string(), "29.99");
/// assert_eq!("30".parse::<Money>()?.to_string(), "30.00");
///
/// assert_eq!(price.checked_mul(3), Some(Money::from_minor(8997)));
/// assert_eq!(price * 3 - price, price + price);
/// assert_eq!([price, price].into_iter().sum::<Money>(), Money::from_minor(5998));
/// assert_eq!([price, price].into_iter().sum::<Option<Money>>(), Some(Money::from_minor(5998)));
/// assert_eq!(Money::MAX.checked_add(price), None);
///
/// assert!("1.999".parse::<Money>().is_err());
/// assert!("NaN".parse::<Money>().is_err());
/// assert!("1e400".parse::<Money>().is_err());
/// # Ok::<(), ecomdb::ParseMoneyError>(())
/// ```
///
/// ```should_panic
/// # use ecomdb::Money;
/// let _ = Money::MAX + Money::from_minor(1);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, DieselNewType)]
pub struct Money(i64);

/// Reason why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseMoneyError {
    /// Not a plain decimal number.
    #[error("must be a decimal amount such as \"29.99\", without exponent, sign of currency or separators")]
    NotDecimal,
    /// More than two decimal places.
    #[error("must have at most two decimal places")]
    TooPrecise,
    /// Not in the range of an `i64` of minor units.
    #[error("must lie between -92233720368547758.08 and 92233720368547758.07")]
    OutOfRange,
}

impl Money {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// Largest amount: 92,233,720,368,547,758.07.
    pub const MAX: Self = Self(i64::MAX);
    /// Highest price of a product: 999,999,999.99.
    pub const MAX_PRICE: Self = Self(99_999_999_999);
    /// Highest total of an order: 1,000,000,000,000.00. The sum of all orders then fits an `i64`.
    pub const MAX_TOTAL: Self = Self(100_000_000_000_000);

    /// An amount in minor units (cents).
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount in minor units (cents).
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Sum, or `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Difference, or `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Product with an integer, or `None` on overflow.
    #[must_use]
    pub const fn checked_mul(self, times: i64) -> Option<Self> {
        match self.0.checked_mul(times) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }

    /// Quotient, rounded half up to the minor unit; zero if `parts` is 0.
    #[must_use]
    pub const fn divided_by(self, parts: i64) -> Self {
        if parts <= 0 {
            return Self::ZERO;
        }
        // Computed in 128 bits, where doubling cannot overflow. The quotient never exceeds the amount.
        let doubled = self.0 as i128 * 2 + parts as i128;
        Self(doubled.div_euclid(parts as i128 * 2) as i64)
    }
}

impl Add for Money {
    type Output = Self;

    /// # Panics
    /// On overflow.
    fn add(self, other: Self) -> Self {
        in_range(self.checked_add(other))
    }
}

impl Sub for Money {
    type Output = Self;

    /// # Panics
    /// On overflow.
    fn sub(self, other: Self) -> Self {
        in_range(self.checked_sub(other))
    }
}

impl Mul<i64> for Money {
    type Output = Self;

    /// # Panics
    /// On overflow.
    fn mul(self, times: i64) -> Self {
        in_range(self.checked_mul(times))
    }
}

impl Neg for Money {
    type Output = Self;

    /// # Panics
    /// On overflow: the smallest amount has no opposite.
    fn neg(self) -> Self {
        in_range(Self::ZERO.checked_sub(self))
    }
}

/// # Panics
/// On overflow.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        in_range(amounts.sum())
    }
}

fn in_range(amount: Option<Money>) -> Money {
    match amount {
        Some(amount) => amount,
        None => panic!("an amount of money does not fit into 64 bits"),
    }
}

/// Sum, or `None` on overflow.
impl Sum<Money> for Option<Money> {
    fn sum<I: Iterator<Item = Money>>(mut amounts: I) -> Self {
        amounts.try_fold(Money::ZERO, Money::checked_add)
    }
}

/// Arithmetic on stored amounts, where an overflow means a corrupt database.
impl Money {
    /// Sum of two amounts.
    pub(crate) fn plus(self, other: Self) -> Result<Self, TooLarge> {
        self.checked_add(other).ok_or(TooLarge)
    }

    /// Difference of two amounts.
    pub(crate) fn minus(self, other: Self) -> Result<Self, TooLarge> {
        self.checked_sub(other).ok_or(TooLarge)
    }

    /// Product with a number of units.
    pub(crate) fn times(self, units: i64) -> Result<Self, TooLarge> {
        self.checked_mul(units).ok_or(TooLarge)
    }

    /// Sum of all amounts.
    pub(crate) fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, TooLarge> {
        amounts.into_iter().sum::<Option<Self>>().ok_or(TooLarge)
    }
}

/// Error for a stored sum that exceeds 64 bits.
#[derive(Debug, thiserror::Error)]
#[error("a sum of the amounts in the database does not fit into 64 bits")]
pub(crate) struct TooLarge;

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) {
            return Err(ParseMoneyError::NotDecimal);
        }
        if fraction.len() > 2 {
            return Err(ParseMoneyError::TooPrecise);
        }
        let major: i128 = whole.parse().map_err(|_| ParseMoneyError::OutOfRange)?;
        let minor: i128 = fraction.parse().map_err(|_| ParseMoneyError::NotDecimal)?;
        let minor = if fraction.len() == 1 { minor * 10 } else { minor };
        let total = major.checked_mul(100).and_then(|m| m.checked_add(minor)).ok_or(ParseMoneyError::OutOfRange)?;
        let signed = if negative { -total } else { total };
        i64::try_from(signed).map(Self).map_err(|_| ParseMoneyError::OutOfRange)
    }
}

impl From<Money> for BigDecimal {
    fn from(amount: Money) -> Self {
        Self::new(BigInt::from(amount.0), 2)
    }
}

impl TryFrom<BigDecimal> for Money {
    type Error = ParseMoneyError;

    fn try_from(amount: BigDecimal) -> Result<Self, ParseMoneyError> {
        // Checked before scaling: never write out 1e999999999 digit by digit.
        let amount = amount.normalized();
        let (digits, scale) = amount.as_bigint_and_exponent();
        if scale > 2 {
            return Err(ParseMoneyError::TooPrecise);
        }
        if scale < -20 {
            return Err(ParseMoneyError::OutOfRange);
        }
        let factor = 10_i128.pow((2 - scale) as u32);
        let minor = digits.to_i128().and_then(|d| d.checked_mul(factor)).ok_or(ParseMoneyError::OutOfRange)?;
        minor.to_i64().map(Self).ok_or(ParseMoneyError::OutOfRange)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Short::default();
        push_decimal(&mut text, self.0);
        serializer.serialize_str(text.as_str())
    }
}

/// Parses `"29.99"`, or the digits of the JSON numbers `29.99`, `30` and `3e1`; never uses a float.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Money;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal amount such as \"29.99\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, major: i64) -> Result<Money, E> {
                Money(major).checked_mul(100).ok_or_else(|| E::custom(ParseMoneyError::OutOfRange))
            }

            fn visit_u64<E: de::Error>(self, major: u64) -> Result<Money, E> {
                i64::try_from(major).map_err(|_| E::custom(ParseMoneyError::OutOfRange)).and_then(|m| self.visit_i64(m))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Money, A::Error> {
                let number = number::digits(map, &self)?;
                number::scaled(&number, 2).map(Money).map_err(|unfit| {
                    de::Error::custom(match unfit {
                        Unfit::TooPrecise => ParseMoneyError::TooPrecise,
                        Unfit::OutOfRange => ParseMoneyError::OutOfRange,
                    })
                })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "utoipa")]
mod openapi {
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

    impl utoipa::PartialSchema for super::Money {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(SchemaType::new(Type::String))
                .pattern(Some(r"^-?[0-9]+(\.[0-9]{1,2})?$"))
                .description(Some("An exact decimal amount with two places."))
                .examples(["29.99"])
                .into()
        }
    }

    impl utoipa::ToSchema for super::Money {}
}

#[cfg(test)]
mod tests;
