//! Payments that wait: they are captured, or fail.

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

/// What becomes of a payment that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Captured,
    Failed,
}

/// Says what a capture does.
pub(in crate::dashboard) async fn ask_to_capture(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    ask(&app, visit, id, &query, Outcome::Captured).await
}

/// Says what a failure does.
pub(in crate::dashboard) async fn ask_to_fail(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<PaymentId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    ask(&app, visit, id, &query, Outcome::Failed).await
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
        });
        match settled.await {
            Ok(payment) => {
                let (order, amount) = (payment.order_id.get(), payment.amount.minor());
                let flash = match outcome {
                    Outcome::Captured => Flash::PaymentTaken { order, amount },
                    Outcome::Failed => Flash::PaymentFailed { order, amount },
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
    };
    let action = format!("/payments/{}/{verb}", payment.id);
    Confirm::new(visit, order.id, consequence(payment, order, outcome), action, form)
}

fn consequence(payment: &Payment, order: &Order, outcome: Outcome) -> Consequence {
    let due = Sums::of(order).due;
    let what = format!("{} by {}", money(payment.amount), method(payment.method));
    let is_possible = payment.status == PaymentStatus::Pending
        && (outcome == Outcome::Failed || (order.status == OrderStatus::Pending && payment.amount <= due));
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
    };
    let sentences = if is_possible {
        vec![sentence, "This cannot be undone.".to_owned()]
    } else {
        vec!["The payment does not wait any more, or more than its order needs is paid.".to_owned()]
    };
    Consequence {
        title: format!("{title}: payment {} of order {}", payment.id, order.id),
        sentences,
        button: is_possible.then_some(button),
        is_loss: outcome == Outcome::Failed,
    }
}
