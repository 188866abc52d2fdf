//! Giving money back. The form is followed by a page that says what is going to happen.

use askama::Template;
use axum::extract::State;
use ecomdb::{Money, NewRefund, Order, OrderId, OrderStatus};

use super::state::{Sums, customer, is_captured, left, method, units};
use super::{ActionQuery, address, read_order};
use crate::dashboard::format::money;
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, refuse_form, render, see_other,
};
use crate::extract::{Id, Query};
use crate::respond::Answer;
use crate::state::Shared;

/// A refund as it was entered, and which button was pressed.
pub(in crate::dashboard) struct Entered {
    refund: NewRefund,
    amount: Money,
    restocks: bool,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Say what is going to happen.
    Review,
    /// Let it happen.
    Confirm,
    /// Back to the form.
    Edit,
}

impl FromEntries for Entered {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let amount = fields.required::<Money>("amount");
        let restocks = fields.is_set("restock");
        let mut refund = NewRefund::builder(fields.text("reason"));
        if let Some(amount) = amount {
            refund = refund.amount(amount);
        }
        if restocks {
            refund = refund.restock();
        }
        let refund = fields.check(refund.build());
        let step = match fields.text("step") {
            "confirm" => Step::Confirm,
            "edit" => Step::Edit,
            _ => Step::Review,
        };
        Some(Self { refund: refund?, amount: amount?, restocks, step })
    }
}

#[derive(Template)]
#[template(path = "orders/refund.html")]
struct RefundPage {
    shell: Shell,
    order: Order,
    payments: Vec<Line>,
    refundable: String,
    /// Why nothing can be given back; empty if it can.
    impossible: &'static str,
    /// The units that can return to stock; `None` if they have.
    units: Option<String>,
    form: Form<Entered>,
    back: String,
}

/// A captured payment.
struct Line {
    name: String,
    paid: String,
    refunded: String,
    left: String,
}

impl RefundPage {
    fn new(visit: Visit, order: Order, form: Form<Entered>) -> Self {
        let line = |payment: &ecomdb::Payment| Line {
            name: format!("{}, {}", payment.id, method(payment.method)),
            paid: money(payment.amount),
            refunded: money(payment.amount.checked_sub(left(&order, payment)).unwrap_or_default()),
            left: money(left(&order, payment)),
        };
        let refundable = Sums::of(&order).refundable();
        Self {
            payments: order.payments.iter().filter(|payment| is_captured(payment)).map(line).collect(),
            refundable: money(refundable),
            impossible: match order.status {
                OrderStatus::Completed if refundable > Money::ZERO => "",
                OrderStatus::Completed => "Nothing was paid for it.",
                OrderStatus::Pending => "It is not paid in full: it can be cancelled instead.",
                OrderStatus::Refunded => "All of it was given back.",
                OrderStatus::Cancelled => "It is cancelled.",
            },
            units: (!is_restocked(&order)).then(|| units(&order)),
            back: form.return_path(&address(order.id)),
            shell: visit.page(format!("Refund order {}", order.id), Section::Orders),
            order,
            form,
        }
    }
}

fn is_restocked(order: &Order) -> bool {
    order.refunds.iter().any(|refund| refund.restocked)
}

#[derive(Template)]
#[template(path = "orders/refund_review.html")]
struct ReviewPage {
    shell: Shell,
    id: OrderId,
    sentences: Vec<String>,
    button: String,
    form: Form<Entered>,
}

/// The form, with all that is left.
pub(in crate::dashboard) async fn show_refund_form(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(ActionQuery { return_to }): Query<ActionQuery>,
) -> Answer {
    let order = read_order(&app, id).await?;
    let entries = Entries::from_iter([("amount", Sums::of(&order).refundable().to_string())]);
    let form = Form::new(entries, return_to.as_deref().unwrap_or_default());
    render(&RefundPage::new(visit, order, form))
}

/// Says what is going to happen, or lets it happen.
pub(in crate::dashboard) async fn refund_order(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    mut form: Form<Entered>,
) -> Answer {
    let entered = form.take();
    if let Some(Entered { refund, amount, step: Step::Confirm, .. }) = &entered {
        let (refund, key) = (refund.clone(), form.idempotency_key());
        match app.run(move |db| db.payments().idempotent(key).refund(id, refund)).await {
            Ok(_) => {
                let flash = Flash::Refunded { order: id.get(), amount: amount.minor() };
                return see_other(&form.return_path(&address(id)), Some(flash));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let order = read_order(&app, id).await?;
    match entered {
        Some(Entered { step: Step::Edit, .. }) => render(&RefundPage::new(visit, order, form)),
        Some(entered) if entered.step == Step::Review => {
            note_what_is_impossible(&mut form, &order, &entered);
            if form.errors().is_empty() {
                return render(&ReviewPage::new(visit, &order, &entered, form));
            }
            refuse_form(&RefundPage::new(visit, order, form))
        }
        _ => refuse_form(&RefundPage::new(visit, order, form)),
    }
}

/// Notes what the shop would refuse, before anything is promised.
fn note_what_is_impossible(form: &mut Form<Entered>, order: &Order, entered: &Entered) {
    let refundable = Sums::of(order).refundable();
    if entered.amount > refundable {
        form.note("amount", format!("must be at most {refundable}, which is left to give back"));
    }
    if entered.restocks && is_restocked(order) {
        form.note("restock", "is not possible: the units returned to stock with an earlier refund");
    }
}

impl ReviewPage {
    fn new(visit: Visit, order: &Order, entered: &Entered, form: Form<Entered>) -> Self {
        Self {
            id: order.id,
            sentences: consequences(order, entered),
            button: format!("Give {} back", money(entered.amount)),
            shell: visit.page(format!("Refund order {}?", order.id), Section::Orders),
            form,
        }
    }
}

/// What the refund does, the most important first.
fn consequences(order: &Order, entered: &Entered) -> Vec<String> {
    let mut sentences = vec![format!("{} gets {} back.", customer(order), money(entered.amount))];
    let parts = parts(order, entered.amount);
    sentences.extend(parts.iter().map(|(name, part)| format!("{} goes back by {name}.", money(*part))));
    sentences.push(if entered.restocks {
        format!("{} return to stock.", units(order))
    } else {
        "The stock stays as it is.".to_owned()
    });
    let kept = Sums::of(order).refundable().checked_sub(entered.amount).unwrap_or_default();
    sentences.push(if kept == Money::ZERO {
        "The order is then refunded in full.".to_owned()
    } else {
        format!("{} of the order stays paid.", money(kept))
    });
    sentences.push("This cannot be undone.".to_owned());
    sentences
}

/// How the amount is divided: over the captured payments in their order, each up to what is left of it.
fn parts(order: &Order, amount: Money) -> Vec<(String, Money)> {
    let mut wanted = amount;
    let mut parts = Vec::new();
    for payment in order.payments.iter().filter(|payment| is_captured(payment)) {
        let part = left(order, payment).min(wanted);
        if part > Money::ZERO {
            parts.push((format!("{} (payment {})", method(payment.method), payment.id), part));
            wanted = wanted.checked_sub(part).unwrap_or_default();
        }
    }
    parts
}
