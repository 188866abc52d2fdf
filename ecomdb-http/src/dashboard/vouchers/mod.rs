//! `/vouchers`: the list, a voucher, and the forms to create, change and delete one.

mod delete;
mod form;
mod labels;
mod list;
mod show;

pub(super) use self::delete::{confirm_deletion, delete_voucher};
pub(super) use self::form::{create_voucher, edit_voucher, new_voucher, update_voucher};
pub(super) use self::list::{export_vouchers, list_vouchers};
pub(super) use self::show::show_voucher;
