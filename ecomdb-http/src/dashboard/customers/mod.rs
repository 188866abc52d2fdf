//! `/customers`: the list with what customers have bought, the page of a customer, and its actions.

mod anonymise;
mod badge;
mod data;
mod form;
mod list;
mod orders;
mod query;
mod show;
mod status;
mod value;

use ecomdb::{User, UserId};

pub(super) use self::anonymise::{anonymise_customer, confirm_anonymisation};
pub(super) use self::data::export_customer;
pub(super) use self::form::{create_customer, edit_customer, new_customer, update_customer};
pub(super) use self::list::{export_customers, list_customers};
pub(super) use self::show::show_customer;
pub(super) use self::status::{disable_customer, enable_customer};

fn address(id: UserId) -> String {
    format!("/customers/{id}")
}

fn full_name(user: &User) -> String {
    format!("{} {}", user.first_name, user.last_name)
}

/// Whether the user was made anonymous.
fn is_anonymous(user: &User) -> bool {
    user.email == format!("deleted-{}@anonymous.invalid", user.id)
}
