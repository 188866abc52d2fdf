//! A counted stock: the page shows the difference to the booked stock before it is booked.

use askama::Template;
use axum::extract::State;
use ecomdb::ProductId;
use serde::Deserialize;

use super::book::{Booking, MOST_COUNTED};
use crate::dashboard::format::{count, counted, difference};
use crate::dashboard::shell::{Form, Section, Shell, Visit, render};
use crate::extract::{Id, Query, entered, text};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::Shared;

/// The counted units.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct CountQuery {
    #[serde(deserialize_with = "text")]
    counted: Option<i64>,
    #[serde(deserialize_with = "entered")]
    note: Option<String>,
}

#[derive(Template)]
#[template(path = "inventory/count.html")]
struct Count {
    shell: Shell,
    product: ProductId,
    name: String,
    booked: String,
    counted: String,
    /// The missing or surplus units, in words; empty if the count agrees.
    found: String,
    difference: String,
    /// The form that books the difference.
    form: Form<Booking>,
}

/// Shows the difference between count and stock, and asks whether to book it.
pub(in crate::dashboard) async fn confirm_count(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    Query(query): Query<CountQuery>,
) -> Answer {
    let units = query.counted.filter(|units| (0..=MOST_COUNTED).contains(units)).ok_or_else(|| {
        Problem::field(&kinds::MALFORMED, "counted", format!("must be a whole number from 0 to {MOST_COUNTED}"))
    })?;
    let level = app.run(move |db| db.inventory().get(id)).await?;
    let delta = units - level.quantity;
    let found = match delta {
        0 => String::new(),
        1.. => format!("{} more than on record", counted(delta, "unit", "units")),
        _ => format!("{} fewer than on record", counted(-delta, "unit", "units")),
    };
    let note = query.note.unwrap_or_else(|| format!("Counted {units}"));
    let entries = [("kind", "adjust".to_owned()), ("units", delta.to_string()), ("note", note)].into_iter().collect();
    render(&Count {
        product: id,
        booked: count(level.quantity),
        counted: count(units),
        found,
        difference: difference(delta),
        form: Form::new(entries, &format!("/inventory/{id}")),
        shell: visit.page(format!("Count of {}", level.product_name), Section::Inventory),
        name: level.product_name,
    })
}
