//! Value types of the shop, valid by construction.

mod change;
mod country;
mod currency;
pub(crate) mod decimal;
pub(crate) mod digest;
mod email;
mod excerpt;
mod hold_minutes;
mod idempotency_key;
mod ids;
mod invalid;
pub(crate) mod keyset;
mod money;
mod number;
mod page;
pub(crate) mod patch;
mod period;
mod quantity;
mod quoted;
mod role;
mod row_count;
mod rows;
pub(crate) mod setters;
pub(crate) mod settings;
mod states;
pub(crate) mod text;
pub(crate) mod text_enum;
pub(crate) mod time;
mod time_zone;
pub(crate) mod unicode;

pub use self::change::Change;
pub use self::country::Country;
pub use self::currency::Currency;
pub use self::email::Email;
pub(crate) use self::email::in_unicode;
pub use self::excerpt::excerpt;
pub use self::hold_minutes::HoldMinutes;
pub use self::idempotency_key::IdempotencyKey;
pub use self::ids::{
    ApiKeyId, CategoryId, MovementId, OrderId, PaymentId, ProductGroupId, ProductId, RefundId, SessionId, UserId,
    VoucherId,
};
pub use self::invalid::{FieldError, Invalid};
pub(crate) use self::invalid::{Fields, in_range};
pub(crate) use self::money::TooLarge;
pub use self::money::{Money, ParseMoneyError};
pub use self::number::whole_number;
pub use self::page::{Cursor, Limit, Page, PagePosition, PageRequest};
pub(crate) use self::page::{Direction, Edge, List};
pub use self::period::Period;
pub use self::quantity::Quantity;
pub(crate) use self::quoted::is_printable;
pub use self::quoted::quoted;
pub use self::role::{Role, Scope};
pub use self::row_count::RowCount;
pub use self::rows::Rows;
pub use self::states::{
    AddressKind, AdjustmentKind, CancelReason, MovementReason, OrderStatus, PaymentMethod, PaymentOutcome,
    PaymentState, PaymentStatus, ProductStatus, UserStatus, VoucherKind,
};
pub use self::time_zone::TimeZone;
