//! A message ready to be shown: its text, its link, and the form that undoes the change.

use std::fmt::Display;

use ecomdb::Money;

use crate::dashboard::format::{counted, money};

/// A message ready to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) text: String,
    /// Address and label of the link.
    pub(crate) link: Option<(String, String)>,
    pub(crate) undo: Option<Undo>,
}

/// The form that undoes a change.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    pub(crate) action: String,
    /// Names and values of its hidden fields.
    pub(crate) fields: Vec<(String, String)>,
}

/// Address and label for an id.
pub(super) type About = fn(i64) -> (String, String);

pub(super) fn product(id: i64) -> (String, String) {
    (format!("/products/{id}"), format!("Product {id}"))
}

pub(super) fn group(id: i64) -> (String, String) {
    (format!("/product-groups/{id}"), format!("Group {id}"))
}

pub(super) fn voucher(id: i64) -> (String, String) {
    (format!("/vouchers/{id}"), format!("Voucher {id}"))
}

pub(super) fn user(id: i64) -> (String, String) {
    (format!("/settings/users/{id}"), format!("User {id}"))
}

pub(super) fn category(id: i64) -> (String, String) {
    (format!("/categories#category-{id}"), format!("Category {id}"))
}

pub(super) fn customer(id: i64) -> (String, String) {
    (format!("/customers/{id}"), format!("Customer {id}"))
}

pub(super) fn ledger(product: i64) -> (String, String) {
    (format!("/inventory/{product}"), "Ledger".to_owned())
}

/// The text with its placeholders, such as `{order}`, replaced by the numbers.
pub(super) fn words(text: &str, numbers: &[(&str, i64)]) -> String {
    let shown = |name: &str, number: i64| match name {
        "amount" | "before" | "now" => money(Money::from_minor(number)),
        "sessions" => counted(number, "session has", "sessions have"),
        "units" => counted(number, "unit is", "units are"),
        _ => number.to_string(),
    };
    numbers
        .iter()
        .fold(text.to_owned(), |text, (name, number)| text.replace(&format!("{{{name}}}"), &shown(name, *number)))
}

/// The fields of a form that restores a value, unless it was changed again since.
pub(super) fn edit(name: &str, now: impl Display, before: impl Display) -> Vec<(String, String)> {
    vec![field(name, before), field(&format!("was-{name}"), now)]
}

pub(super) fn field(name: &str, value: impl Display) -> (String, String) {
    (name.to_owned(), value.to_string())
}
