//! Drafting and placing an order.

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{FieldError, NewOrder, NewPayment, PaymentMethod};

use super::address;
use super::draft::{Draft, DraftQuery};
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
        let mut order = NewOrder::builder(customer).items(draft.items.iter().copied());
        if fields.text("step") == "pay" {
            let method = fields.required::<PaymentMethod>("method")?;
            order = order.payment(NewPayment::captured(method));
        }
        match order.build() {
            Ok(order) => Some(Self(order)),
            Err(invalid) => {
                in_lines(invalid.fields(), &draft)
                    .iter()
                    .for_each(|(field, message)| fields.note(field, message.as_str()));
                None
            }
        }
    }
}

/// The draft in the fields of a form.
fn draft(entries: &Entries) -> Result<Draft, Problem> {
    let of_draft = entries.pairs().filter(|(name, _)| ["customer", "item"].contains(name));
    Draft::read(of_draft).map(|(draft, _)| draft)
}

/// Errors about `items[i]` as errors of the field with the units of that product.
fn in_lines(errors: &[FieldError], draft: &Draft) -> Vec<(String, String)> {
    let line = |field: &str| {
        let position = field.strip_prefix("items[")?.split(']').next()?.parse::<usize>().ok()?;
        draft.items.get(position).map(|(product, _)| format!("units-{product}"))
    };
    let field = |field: &str| match field {
        "items" => "product_text".to_owned(),
        "user_id" => "customer_text".to_owned(),
        other => line(other).unwrap_or_else(|| other.to_owned()),
    };
    errors.iter().map(|error| (field(&error.field), error.message.clone())).collect()
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

/// Places the order.
pub(in crate::dashboard) async fn place_order(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<Placed>,
) -> Answer {
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
    in_lines(problem.errors(), &draft).iter().for_each(|(field, message)| form.note(field, message.as_str()));
    Ok(())
}
