//! Currencies by ISO 4217 code.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Invalid, quoted};

/// A currency with two decimals, by its ISO 4217 code. [`Money`](crate::Money) has two decimals, so currencies with
/// none or three (JPY, BHD) are not supported yet.
///
/// ```
/// use ecomdb::Currency;
///
/// let euro: Currency = "EUR".parse()?;
/// assert_eq!(euro.to_string(), "EUR");
/// assert!("JPY".parse::<Currency>().is_err());
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Currency(&'static str);

#[rustfmt::skip]
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD", "BND", "BOB", "BRL",
    "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL",
    "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR",
    "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN",
    "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB",
    "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG",
    "YER", "ZAR", "ZMW", "ZWG",
];

impl Currency {
    /// The codes of all currencies, in alphabetical order.
    pub const CODES: &'static [&'static str] = CODES;

    /// The ISO 4217 code, of three capital letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// The currency with this code, given in `field`.
    pub(crate) fn named(field: &str, code: &str) -> Result<Self, Invalid> {
        let known = CODES.iter().find(|known| **known == code);
        known.map(|code| Self(code)).ok_or_else(|| {
            let allowed = "must be the ISO 4217 code of a currency with 2 decimals, such as EUR or USD";
            Invalid::new(field, format!("{allowed}, not {}", quoted(code)))
        })
    }
}

impl std::str::FromStr for Currency {
    type Err = Invalid;

    fn from_str(code: &str) -> Result<Self, Invalid> {
        Self::named("currency", code)
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.0.to_owned()
    }
}

// Not derived, because the derive would require `'de: 'static` of a static text.
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "utoipa")]
mod openapi {
    use utoipa::openapi::RefOr;
    use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

    impl utoipa::PartialSchema for super::Currency {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("A currency with two decimals, by its ISO 4217 code."))
                .enum_values(Some(super::CODES.iter().copied()))
                .into()
        }
    }

    impl utoipa::ToSchema for super::Currency {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_three_capital_letters_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(CODES.iter().all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())));
    }

    #[test]
    fn a_currency_of_no_or_three_decimals_is_refused_with_what_is_allowed() {
        for code in ["JPY", "BHD", "eur", "EURO", "XXX", ""] {
            let error = code.parse::<Currency>().unwrap_err();
            assert_eq!(error.fields()[0].field, "currency");
            assert!(error.to_string().contains("2 decimals, such as EUR or USD, not "), "{error}");
        }
    }
}
