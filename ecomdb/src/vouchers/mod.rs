//! Vouchers: their administration, and their use by orders.
//!
//! A use is a row of `order_adjustments` that names the voucher, in an order that is not cancelled. Two counters limit
//! uses: `vouchers.used` of a voucher with a usage limit, and `voucher_uses.used` of each of its customers. Both are
//! written in the transaction that places or cancels the order, after the stock: order, products by ascending id, voucher.

mod changes;
mod code;
mod listing;
mod new_voucher;
mod redeem;
mod terms;
mod voucher;

pub(crate) use self::changes::{create, delete, get, get_if, update};
pub(crate) use self::code::of_text as code_of;
pub use self::listing::VoucherFilter;
pub(crate) use self::listing::{count, list};
pub use self::new_voucher::{NewVoucher, VoucherBuilder};
pub(crate) use self::redeem::{give_back, redeem, refuse_used_up_by};
pub(crate) use self::terms::{Terms, send_terms, terms};
pub use self::voucher::{Voucher, VoucherPatch};
