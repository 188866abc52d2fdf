//! Value types of the shop, valid by construction.

mod change;
pub(crate) mod digest;
mod email;
mod excerpt;
mod ids;
pub(crate) mod keyset;
mod money;
mod number;
mod page;
pub(crate) mod patch;
mod quantity;
mod quoted;
pub(crate) mod settings;
pub(crate) mod text;
pub(crate) mod text_enum;
pub(crate) mod time;
pub(crate) mod unicode;

pub use self::change::Change;
pub use self::email::Email;
pub(crate) use self::email::stored_forms;
pub use self::excerpt::excerpt;
pub use self::ids::{ApiKeyId, CategoryId, MovementId, OrderId, PaymentId, ProductId, RefundId, SessionId, UserId};
pub use self::money::{Money, ParseMoneyError};
pub use self::number::whole_number;
pub(crate) use self::page::List;
pub use self::page::{Cursor, Limit, Page, PageRequest};
pub use self::quantity::Quantity;
pub(crate) use self::quoted::is_printable;
pub use self::quoted::quoted;
