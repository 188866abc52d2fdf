//! Changes that cannot be undone: a page says first what is going to happen, with the figures.

use askama::Template;

use crate::dashboard::shell::{Form, Section, Shell, Visit};

/// What is going to happen.
pub(super) struct Consequence {
    /// Title of the page.
    pub(super) title: String,
    /// Sentences, the most important one first; why nothing can happen, if it is impossible.
    pub(super) sentences: Vec<String>,
    /// The words on the button; `None` if it is impossible.
    pub(super) button: Option<&'static str>,
    /// Whether something is given up.
    pub(super) is_loss: bool,
}

#[derive(Template)]
#[template(path = "orders/confirm.html")]
pub(super) struct Confirm {
    shell: Shell,
    consequence: Consequence,
    action: String,
    back: String,
    form: Form<()>,
}

impl Confirm {
    /// The page, whose form is sent to `action`.
    pub(super) fn new(visit: Visit, consequence: Consequence, action: String, back: String, form: Form<()>) -> Self {
        let shell = visit.page(consequence.title.as_str(), Section::Orders);
        Self { shell, consequence, action, back, form }
    }
}
