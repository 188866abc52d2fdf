//! Pages that say what a change does, with its figures, before it is done.

use askama::Template;
use ecomdb::OrderId;

use super::address;
use crate::dashboard::shell::{Form, Section, Shell, Visit};

/// The page before a change.
pub(super) struct Consequence {
    /// Title of the page.
    pub(super) title: String,
    /// Sentences, the most important one first. If the change is impossible, they say why.
    pub(super) sentences: Vec<String>,
    /// The words on the button; `None` if it is impossible.
    pub(super) button: Option<&'static str>,
    /// Whether the change is destructive.
    pub(super) is_loss: bool,
}

#[derive(Template)]
#[template(path = "orders/confirm.html")]
pub(super) struct Confirm {
    shell: Shell,
    order: OrderId,
    consequence: Consequence,
    action: String,
    /// The page of the order.
    back: String,
    form: Form<()>,
}

impl Confirm {
    /// The page about a change of an order; its form is sent to `action`.
    pub(super) fn new(visit: Visit, order: OrderId, consequence: Consequence, action: String, form: Form<()>) -> Self {
        let shell = visit.page(consequence.title.as_str(), Section::Orders);
        Self { shell, order, consequence, action, back: address(order), form }
    }
}
