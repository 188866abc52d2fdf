//! Taking a payment for an order.

use askama::Template;
use axum::extract::State;
use ecomdb::{Money, NewPayment, Order, OrderId, OrderStatus, PaymentMethod, PaymentStatus, Scope};

use super::state::{Sums, methods};
use super::{ActionQuery, address, read_order};
use crate::dashboard::format::money;
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, refuse_form, render, see_other,
};
use crate::extract::{Id, Query};
use crate::respond::Answer;
use crate::state::Shared;

/// The entered payment.
pub(in crate::dashboard) struct Taken(NewPayment);

impl FromEntries for Taken {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let (amount, method) = (fields.required::<Money>("amount"), fields.required::<PaymentMethod>("method"));
        let reference = fields.optional::<String>("reference");
        let mut payment = NewPayment::builder(method?).amount(amount?);
        if let Some(reference) = reference? {
            payment = payment.reference(reference);
        }
        if fields.text("captured") == "yes" {
            payment = payment.captured();
        }
        fields.check(payment.build()).map(Self)
    }
}

#[derive(Template)]
#[template(path = "orders/pay.html")]
struct PayPage {
    shell: Shell,
    order: Order,
    total: String,
    captured: String,
    due: String,
    is_payable: bool,
    /// Whether the caller may record a captured payment.
    can_capture: bool,
    methods: Vec<(&'static str, String)>,
    form: Form<Taken>,
    back: String,
}

impl PayPage {
    fn new(visit: Visit, order: Order, form: Form<Taken>) -> Self {
        let sums = Sums::of(&order);
        Self {
            total: money(sums.total),
            captured: money(sums.captured),
            due: money(sums.due),
            is_payable: order.status == OrderStatus::Pending,
            can_capture: visit.can(Scope::PaymentsSettle),
            methods: methods(),
            back: form.return_path(&address(order.id)),
            shell: visit.page(format!("Take payment for order {}", order.id), Section::Orders),
            order,
            form,
        }
    }
}

/// The form, filled with the amount due.
pub(in crate::dashboard) async fn show_payment_form(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(ActionQuery { return_to }): Query<ActionQuery>,
) -> Answer {
    let order = read_order(&app, id).await?;
    let captured = if visit.can(Scope::PaymentsSettle) { "yes" } else { "no" };
    let entries = [
        ("amount", Sums::of(&order).due.to_string()),
        ("method", PaymentMethod::Card.to_string()),
        ("captured", captured.to_owned()),
    ];
    let form = Form::new(Entries::from_iter(entries), return_to.as_deref().unwrap_or_default());
    render(&PayPage::new(visit, order, form))
}

/// Records the payment.
pub(in crate::dashboard) async fn take_payment(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    mut form: Form<Taken>,
) -> Answer {
    if let Some(Taken(payment)) = form.take() {
        let key = form.idempotency_key();
        match app.run(move |db| db.payments().idempotent(key).create(id, payment)).await {
            Ok(payment) => {
                let (order, amount) = (id.get(), payment.amount.minor());
                let flash = match payment.status {
                    PaymentStatus::Pending => Flash::PaymentStarted { order, amount },
                    _ => Flash::PaymentTaken { order, amount },
                };
                return see_other(&form.return_path(&address(id)), Some(flash));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let order = read_order(&app, id).await?;
    refuse_form(&PayPage::new(visit, order, form))
}
