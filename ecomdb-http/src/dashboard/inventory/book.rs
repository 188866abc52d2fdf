//! Booking movements. Stock is changed only by a difference; a counted stock leads to a page that shows the difference
//! first.

use axum::extract::State;
use ecomdb::{PageRequest, ProductId, Quantity, quoted};

use super::show::LedgerPage;
use crate::dashboard::format::{count, difference};
use crate::dashboard::shell::{Fields, Flash, Form, FromEntries, Visit, refuse_form, see_other, with_query};
use crate::extract::{FromText, Id};
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum number of counted units.
pub(super) const MOST_COUNTED: i64 = ecomdb::NewProduct::MAX_STOCK;

/// The entries of the form.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct Booking {
    kind: Kind,
    units: i64,
    note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Restock,
    Adjust,
    Count,
}

impl FromText for Kind {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "restock" => Ok(Self::Restock),
            "adjust" => Ok(Self::Adjust),
            "count" => Ok(Self::Count),
            _ => Err(format!("must be one of restock, adjust, count, not {}", quoted(text))),
        }
    }
}

impl FromEntries for Booking {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let (kind, units) = (fields.required::<Kind>("kind"), fields.required::<i64>("units"));
        let note = Some(fields.lines("note")).filter(|note| !note.is_empty());
        let (kind, units) = (kind?, units?);
        match kind {
            Kind::Restock => {
                fields.check(Quantity::new("units", units))?;
            }
            Kind::Adjust if units == 0 || units.unsigned_abs() > Quantity::MAX.unsigned_abs() => {
                let most = Quantity::MAX;
                let range = format!("{} to {}", difference(-most), difference(most));
                fields.note("units", format!("must be a difference from {range} other than 0"));
                return None;
            }
            Kind::Count if !(0..=MOST_COUNTED).contains(&units) => {
                fields.note("units", format!("must be a number of units from 0 to {}", count(MOST_COUNTED)));
                return None;
            }
            Kind::Adjust | Kind::Count => {}
        }
        Some(Self { kind, units, note })
    }
}

/// Books a delivery or a difference. A count is not booked yet.
pub(in crate::dashboard) async fn book_movement(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    mut form: Form<Booking>,
) -> Answer {
    if let Some(Booking { kind, units, note }) = form.take() {
        let key = form.idempotency_key();
        let booked = match kind {
            Kind::Count => {
                let counted = units.to_string();
                let parameters = [("counted", counted.as_str()), ("note", note.as_deref().unwrap_or_default())];
                return see_other(&with_query(&format!("/inventory/{id}/count"), parameters), None);
            }
            Kind::Restock => {
                app.run(move |db| db.inventory().idempotent(key).restock(id, units, note.as_deref())).await
            }
            Kind::Adjust => app.run(move |db| db.inventory().idempotent(key).adjust(id, units, note.as_deref())).await,
        };
        match booked {
            Ok(_) => {
                let path = form.return_path(&format!("/inventory/{id}"));
                return see_other(&path, Some(Flash::StockBooked { product: id.get(), units }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&LedgerPage::read(&app, visit, id, PageRequest::default(), form).await?)
}
