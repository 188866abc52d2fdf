//! Quantities of products.

use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Invalid, in_range, whole_number};

/// Units on an order line: 1 to 1,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, DieselNewType)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    /// Maximum number of units on an order line or in a stock movement.
    pub const MAX: i64 = 1_000_000;

    /// A quantity of `units`.
    ///
    /// # Errors
    /// [`Invalid`] with the given field name outside 1 to [`Quantity::MAX`].
    ///
    /// ```
    /// # use ecomdb::Quantity;
    /// assert_eq!(Quantity::new("quantity", 3)?.get(), 3);
    /// assert!(Quantity::new("quantity", 0).is_err());
    /// # Ok::<(), ecomdb::Invalid>(())
    /// ```
    pub fn new(field: &str, units: i64) -> Result<Self, Invalid> {
        in_range(field, units, 1..=Self::MAX).map(Self)
    }

    /// The number of units.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new("quantity", whole_number(deserializer)?).map_err(de::Error::custom)
    }
}
