//! `/products`: the list, a product, and the forms to create, change and archive one.

mod form;
mod list;
mod prices;
mod query;
mod sales;
mod show;
mod status;

pub(super) use self::form::{create_product, edit_product, new_product, update_product};
pub(super) use self::list::{export_products, list_products};
pub(super) use self::show::show_product;
pub(super) use self::status::{archive_product, unarchive_product};
