//! `/product-groups`: the list, a group with its variants, and the forms to create, change and delete one.

mod delete;
mod form;
mod list;
mod show;
mod variants;

pub(super) use self::delete::{confirm_deletion, delete_group};
pub(super) use self::form::{create_group, edit_group, new_group, update_group};
pub(super) use self::list::list_groups;
pub(super) use self::show::show_group;
pub(super) use self::variants::Variants;
