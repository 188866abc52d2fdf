//! Drafting and placing an order.

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{FieldError, NewOrder, NewPayment, PaymentMethod};

use super::address;
use super::draft::{Draft, DraftQuery, Terms};
use super::draft_page::DraftPage;
use crate::dashboard::shell::{Entries, Fields, Flash, Form, FromEntries, Visit, refuse_form, render, see_other};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

/// The order to place, with its payment, if any.
pub(in crate::dashboard) struct Placed(NewOrder);

impl FromEntries for Placed {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let draft = match draft(fields.entries()) {
            Ok(draft) => draft,
            Err(problem) => {
                problem.errors().iter().for_each(|error| fields.note(&error.field, error.message.as_str()));
                return None;
            }
        };
        let Some(customer) = draft.customer else {
            fields.note("customer_text", "must be chosen");
            return None;
        };
        let mut order = match draft.order(customer) {
            Ok(order) => order,
            Err(errors) => {
                errors.iter().for_each(|error| fields.note(&error.field, error.message.as_str()));
                return None;
            }
        };
        if fields.text("step") == "pay" {
            let method = fields.required::<PaymentMethod>("method")?;
            order = order.payment(NewPayment::captured(method));
        }
        match order.build() {
            Ok(order) => Some(Self(order)),
            Err(invalid) => {
                for FieldError { field, message, .. } in invalid.fields() {
                    fields.note(&draft.field(field), message.as_str());
                }
                None
            }
        }
    }
}

/// The draft in the fields of a form.
fn draft(entries: &Entries) -> Result<Draft, Problem> {
    let of_draft =
        entries.pairs().filter(|(name, _)| ["customer", "item"].contains(name) || Terms::NAMES.contains(name));
    Draft::read(of_draft).map(|(draft, _)| draft)
}

/// The draft whose total is to be shown before it is placed: the visitor asks for that, or has changed the terms since the
/// total was shown.
fn unshown(entries: &Entries) -> Option<Draft> {
    let draft = draft(entries).ok()?;
    let has_changed = entries.has("shown") && entries.value("shown") != draft.address();
    (has_changed || entries.value("step") == "total").then_some(draft)
}

/// The page of the draft in the address.
pub(in crate::dashboard) async fn write_order(State(app): State<Shared>, visit: Visit, uri: Uri) -> Answer {
    let pairs: Vec<_> = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
    let (draft, asked) = Draft::read(pairs.iter().map(|(name, value)| (&**name, &**value)))?;
    if asked.changes {
        return see_other(&draft.address(), None);
    }
    let form = Form::<Placed>::new(draft.pairs().into_iter().collect(), "");
    render(&DraftPage::read(&app, visit, draft, asked, form).await?)
}

/// Places the order. If its terms were changed, shows the total instead.
pub(in crate::dashboard) async fn place_order(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<Placed>,
) -> Answer {
    if let Some(draft) = unshown(form.entries()) {
        return see_other(&draft.address(), None);
    }
    if let Some(Placed(order)) = form.take() {
        let key = form.idempotency_key();
        match app.run(move |db| db.orders().idempotent(key).place(order)).await {
            Ok(order) => {
                return see_other(&address(order.id), Some(Flash::OrderPlaced { order: order.id.get() }));
            }
            Err(problem) => refuse(&mut form, problem)?,
        }
    }
    // Errors of the draft have been noted, so the page begins with an empty draft.
    let draft = draft(form.entries()).unwrap_or_default();
    refuse_form(&DraftPage::read(&app, visit, draft, DraftQuery::default(), form).await?)
}

/// Notes why the shop refused the order, at the line of the product that it concerns, if any.
fn refuse(form: &mut Form<Placed>, problem: Problem) -> Result<(), Problem> {
    let draft = draft(form.entries()).unwrap_or_default();
    if let Some(product) = problem.member("product_id").filter(|_| problem.errors().is_empty()) {
        form.note(&format!("units-{product}"), problem.detail());
        return Ok(());
    }
    if problem.errors().is_empty() {
        return form.refuse(problem);
    }
    problem.errors().iter().for_each(|error| form.note(&draft.field(&error.field), error.message.as_str()));
    Ok(())
}
