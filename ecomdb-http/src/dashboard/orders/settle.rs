//! Capturing a pending payment, or marking it as failed.

use axum::extract::State;
use ecomdb::{Order, OrderStatus, Payment, PaymentId, PaymentStatus};

use super::confirm::{Confirm, Consequence};
use super::state::{Sums, method};
use super::{ActionQuery, address};
use crate::dashboard::format::money;
use crate::dashboard::shell::{Entries, Flash, Form, Visit, refuse_form, render, see_other};
use crate::extract::{Id, Query};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};

/// What happens to the pending payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Captured,
    Failed,
    Returned,
}

/// The page that says what a capture does, before it is done.
pub(in crate::dashboard) async fn ask_to_capture(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    ask(&app, visit, id, &query, Outcome::Captured).await
}

/// The page that says what a failure does, before it is done.
pub(in crate::dashboard) async fn ask_to_fail(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    ask(&app, visit, id, &query, Outcome::Failed).await
}

/// Says what a return means.
pub(in crate::dashboard) async fn ask_to_return(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    ask(&app, visit, id, &query, Outcome::Returned).await
}

/// Captures the payment.
pub(in crate::dashboard) async fn capture(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    form: Form<()>,
) -> Answer {
    settle(&app, visit, id, form, Outcome::Captured).await
}

/// Marks the payment as failed.
pub(in crate::dashboard) async fn fail(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    form: Form<()>,
) -> Answer {
    settle(&app, visit, id, form, Outcome::Failed).await
}

/// Marks the late payment as given back.
pub(in crate::dashboard) async fn return_late(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    form: Form<()>,
) -> Answer {
    settle(&app, visit, id, form, Outcome::Returned).await
}

async fn ask(app: &App, visit: Visit, id: PaymentId, query: &ActionQuery, outcome: Outcome) -> Answer {
    let (payment, order) = read(app, id).await?;
    let form = Form::new(Entries::default(), query.return_to.as_deref().unwrap_or_default());
    render(&page(visit, &payment, &order, form, outcome))
}

async fn settle(app: &App, visit: Visit, id: PaymentId, mut form: Form<()>, outcome: Outcome) -> Answer {
    if form.take().is_some() {
        let key = form.idempotency_key();
        let settled = app.run(move |db| match outcome {
            Outcome::Captured => db.payments().idempotent(key).capture(id),
            Outcome::Failed => db.payments().idempotent(key).fail(id),
            Outcome::Returned => db.payments().idempotent(key).return_late(id),
        });
        match settled.await {
            Ok(payment) => {
                let (order, amount) = (payment.order_id.get(), payment.amount.minor());
                let flash = match outcome {
                    Outcome::Captured => Flash::PaymentTaken { order, amount },
                    Outcome::Failed => Flash::PaymentFailed { order, amount },
                    Outcome::Returned => Flash::PaymentReturned { order, amount },
                };
                return see_other(&form.return_path(&address(payment.order_id)), Some(flash));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let (payment, order) = read(app, id).await?;
    refuse_form(&page(visit, &payment, &order, form, outcome))
}

/// The payment and its order.
async fn read(app: &App, id: PaymentId) -> Result<(Payment, Order), Problem> {
    let read = app.run(move |db| {
        db.run(move |shop| {
            let payment = shop.payments().get(id)?;
            let order = shop.orders().get(payment.order_id)?;
            Ok((payment, order))
        })
    });
    read.await
}

fn page(visit: Visit, payment: &Payment, order: &Order, form: Form<()>, outcome: Outcome) -> Confirm {
    let verb = match outcome {
        Outcome::Captured => "capture",
        Outcome::Failed => "fail",
        Outcome::Returned => "return",
    };
    let action = format!("/payments/{}/{verb}", payment.id);
    Confirm::new(visit, order.id, consequence(payment, order, outcome), action, form)
}

fn consequence(payment: &Payment, order: &Order, outcome: Outcome) -> Consequence {
    let due = Sums::of(order).due;
    let what = format!("{} by {}", money(payment.amount), method(payment.method));
    let is_possible = match outcome {
        Outcome::Captured => {
            payment.status == PaymentStatus::Pending && order.status == OrderStatus::Pending && payment.amount <= due
        }
        Outcome::Failed => payment.status == PaymentStatus::Pending,
        Outcome::Returned => payment.status == PaymentStatus::Late,
    };
    let (title, button, sentence) = match outcome {
        Outcome::Captured if payment.amount == due => {
            ("Capture", "Capture the payment", format!("{what} counts as paid, which completes order {}.", order.id))
        }
        Outcome::Captured => {
            let left = money(due.checked_sub(payment.amount).unwrap_or_default());
            (
                "Capture",
                "Capture the payment",
                format!("{what} counts as paid; then {left} of order {} is due.", order.id),
            )
        }
        Outcome::Failed => (
            "Mark as failed",
            "Mark as failed",
            format!("{what} counts as failed; order {} can be paid again.", order.id),
        ),
        Outcome::Returned => (
            "Mark as returned",
            "Mark as returned",
            format!("{what} came too late for order {}. Give the money back at the provider first.", order.id),
        ),
    };
    let sentences = if is_possible {
        vec![sentence, "This cannot be undone.".to_owned()]
    } else {
        let why = match outcome {
            Outcome::Returned => "The payment is not late, or its money was given back.",
            _ => "The payment does not wait any more, or more than its order needs is paid.",
        };
        vec![why.to_owned()]
    };
    Consequence {
        title: format!("{title}: payment {} of order {}", payment.id, order.id),
        sentences,
        button: is_possible.then_some(button),
        is_loss: outcome == Outcome::Failed,
    }
}
