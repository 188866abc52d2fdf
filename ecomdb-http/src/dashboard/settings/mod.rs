//! `/settings`: the shop, the user's own account, users and their roles, API keys, and the version of the server.

mod about;
mod account;
mod keys;
mod new_key;
mod new_user;
mod shop;
mod tabs;
mod user;
mod users;

pub(super) use self::about::{check_shop, show_about};
pub(super) use self::account::{change_password, end_other_sessions, end_session, show_account};
pub(super) use self::keys::{list_keys, revoke_key};
pub(super) use self::new_key::{create_key, new_key};
pub(super) use self::new_user::{create_user, new_user};
pub(super) use self::shop::{show_settings, show_shop, update_shop};
pub(super) use self::user::{set_password, set_role, set_status, show_user};
pub(super) use self::users::list_users;
