//! Typed ids, which prevent passing a user id as a product id.

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
            /// An id with this number; it need not exist in the database.
            #[must_use]
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The id as a number.
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
    /// Id of a user.
    UserId,
    /// Id of a category.
    CategoryId,
    /// Id of a product and its inventory.
    ProductId,
    /// Id of a group of products.
    ProductGroupId,
    /// Id of a movement in the stock ledger.
    MovementId,
    /// Id of a voucher.
    VoucherId,
    /// Id of an order.
    OrderId,
    /// Id of a payment.
    PaymentId,
    /// Id of a refund.
    RefundId,
    /// Id of a login session.
    SessionId,
    /// Id of an API key.
    ApiKeyId,
}
