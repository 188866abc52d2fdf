//! Extending the hold of an order.

use axum::extract::State;
use ecomdb::{Order, OrderId};

use super::confirm::{Confirm, Consequence};
use super::state::{is_expired, units};
use super::{ActionQuery, address, read_order};
use crate::dashboard::format;
use crate::dashboard::shell::{Entries, Flash, Form, Visit, refuse_form, render, see_other};
use crate::extract::{Id, Query};
use crate::respond::Answer;
use crate::state::Shared;

/// Duration of the hold from now on.
const MINUTES: i64 = 30;

/// The page that says what an extension does, before it is done.
pub(in crate::dashboard) async fn ask_to_extend(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(ActionQuery { return_to }): Query<ActionQuery>,
) -> Answer {
    let order = read_order(&app, id).await?;
    let form = Form::new(Entries::default(), return_to.as_deref().unwrap_or_default());
    render(&page(visit, &order, form))
}

/// Extends the hold.
pub(in crate::dashboard) async fn extend_order(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        let key = form.idempotency_key();
        match app.run(move |db| db.orders().idempotent(key).extend(id, MINUTES)).await {
            Ok(_) => return see_other(&form.return_path(&address(id)), Some(Flash::HoldExtended { order: id.get() })),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let order = read_order(&app, id).await?;
    refuse_form(&page(visit, &order, form))
}

fn page(visit: Visit, order: &Order, form: Form<()>) -> Confirm {
    let (sentences, is_possible) = match order.expires_at {
        Some(_) if is_expired(order, visit.now()) => (vec!["Its hold has ended.".to_owned()], false),
        Some(end) => {
            let end = visit.zone().local(end);
            let now = format!("It is held until {}, {}.", format::day(end.date()), end.format("%H:%M"));
            (vec![format!("{} stay held for {MINUTES} minutes from now on.", units(order)), now], true)
        }
        None => (vec!["It has no hold.".to_owned()], false),
    };
    let consequence = Consequence {
        title: format!("Extend the hold of order {}", order.id),
        sentences,
        button: is_possible.then_some("Extend the hold"),
        is_loss: false,
    };
    Confirm::new(visit, order.id, consequence, format!("{}/extend", address(order.id)), form)
}
