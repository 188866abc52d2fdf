//! Typed ids: a user's id cannot be passed where a product's belongs.

use std::fmt;
use std::str::FromStr;

use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DieselNewType)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(#[serde(deserialize_with = "super::number::whole_number")] i64);

        impl $name {
            /// The id with this number. Whether anything has it, only the database knows.
            #[must_use]
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// Which user.
    UserId,
    /// Which category.
    CategoryId,
    /// Which product; its inventory has the same id.
    ProductId,
    /// Which movement of the stock ledger.
    MovementId,
    /// Which order.
    OrderId,
    /// Which payment attempt.
    PaymentId,
    /// Which refund.
    RefundId,
    /// Which session of somebody who logged in.
    SessionId,
    /// Which API key.
    ApiKeyId,
}
