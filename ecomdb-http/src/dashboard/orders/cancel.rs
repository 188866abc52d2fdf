//! Cancelling an order.

use axum::extract::State;
use ecomdb::{Money, Order, OrderId, OrderStatus, Scope};

use super::confirm::{Confirm, Consequence};
use super::state::{Sums, customer, units};
use super::{ActionQuery, address, read_order};
use crate::dashboard::format::money;
use crate::dashboard::shell::{Entries, Flash, Form, Visit, refuse_form, render, see_other};
use crate::extract::{Id, Query};
use crate::respond::Answer;
use crate::state::Shared;

/// The page that says what the cancellation does, before it is done.
pub(in crate::dashboard) async fn ask_to_cancel(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(ActionQuery { return_to }): Query<ActionQuery>,
) -> Answer {
    let order = read_order(&app, id).await?;
    let form = Form::new(Entries::default(), return_to.as_deref().unwrap_or_default());
    render(&page(visit, &order, form))
}

/// Cancels the order.
pub(in crate::dashboard) async fn cancel_order(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        let key = form.idempotency_key();
        match app.run(move |db| db.orders().idempotent(key).cancel(id)).await {
            Ok(_) => {
                return see_other(&form.return_path(&address(id)), Some(Flash::OrderCancelled { order: id.get() }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let order = read_order(&app, id).await?;
    refuse_form(&page(visit, &order, form))
}

fn page(visit: Visit, order: &Order, form: Form<()>) -> Confirm {
    let consequence = consequence(order, visit.can(Scope::PaymentsSettle));
    Confirm::new(visit, order.id, consequence, format!("{}/cancel", address(order.id)), form)
}

/// What cancelling the order does. If money has to be refunded, the caller needs the scope to settle payments.
fn consequence(order: &Order, can_settle: bool) -> Consequence {
    let captured = Sums::of(order).captured;
    let impossible = match order.status {
        OrderStatus::Completed if order.total > Money::ZERO => Some("It is completed: it can be refunded instead."),
        OrderStatus::Refunded => Some("It is refunded."),
        OrderStatus::Cancelled => Some("It is cancelled already."),
        OrderStatus::Pending if captured > Money::ZERO && !can_settle => {
            Some("A part of it is paid, and you may not give money back.")
        }
        OrderStatus::Pending | OrderStatus::Completed => None,
    };
    let sentences = match impossible {
        Some(why) => vec![why.to_owned()],
        None => {
            let money_back =
                (captured > Money::ZERO).then(|| format!("{} gets {} back.", customer(order), money(captured)));
            let stock = format!("{} return to stock.", units(order));
            money_back.into_iter().chain([stock, "This cannot be undone.".to_owned()]).collect()
        }
    };
    Consequence {
        title: format!("Cancel order {}", order.id),
        sentences,
        button: impossible.is_none().then_some("Cancel the order"),
        is_loss: true,
    }
}
