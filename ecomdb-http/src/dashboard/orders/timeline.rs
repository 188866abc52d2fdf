//! The events of an order, in chronological order.

use chrono::{DateTime, Utc};
use ecomdb::{CancelReason, Order, OrderStatus, Payment, PaymentStatus, Refund};

use super::state::method;
use crate::dashboard::format::{counted, money};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) text: String,
    /// Text that a person entered, such as the reason of a refund; may be empty.
    pub(super) note: String,
}

impl Event {
    fn new(at: DateTime<Utc>, text: String) -> Self {
        Self { at, text, note: String::new() }
    }
}

/// All events, earliest first.
pub(super) fn timeline(order: &Order) -> Vec<Event> {
    let placed = format!("Placed: {} for {}", counted(order.item_count, "unit", "units"), money(order.total));
    let mut events = vec![Event::new(order.placed_at, placed)];
    events.extend(order.payments.iter().flat_map(of_payment));
    events.extend(order.completed_at.map(|at| Event::new(at, "Completed".to_owned())));
    events.extend(order.refunds.iter().map(of_refund));
    if order.status == OrderStatus::Refunded
        && let Some(last) = order.refunds.last()
    {
        events.push(Event::new(last.created_at, "Refunded in full".to_owned()));
    }
    let cancelled = if order.cancel_reason == Some(CancelReason::Expired) { "Expired" } else { "Cancelled" };
    events.extend(order.cancelled_at.map(|at| Event::new(at, format!("{cancelled}; all units returned to stock"))));
    events.sort_by_key(|event| event.at);
    events
}

fn of_payment(payment: &Payment) -> Vec<Event> {
    let what = format!("{} by {}", money(payment.amount), method(payment.method));
    let started = |text: String| Event {
        note: payment.reference.clone().unwrap_or_default(),
        ..Event::new(payment.created_at, text)
    };
    let is_late = matches!(payment.status, PaymentStatus::Late | PaymentStatus::Returned);
    match payment.paid_at {
        Some(at) if is_late => vec![
            started(format!("Payment of {what} started")),
            Event::new(at, format!("{what} came too late; to be given back")),
        ],
        Some(at) if at == payment.created_at => vec![started(format!("Paid {what}"))],
        Some(at) => vec![started(format!("Payment of {what} started")), Event::new(at, format!("Captured {what}"))],
        None if payment.status == PaymentStatus::Failed => {
            vec![started(format!("Payment of {what} started; it failed"))]
        }
        None => vec![started(format!("Payment of {what} started"))],
    }
}

fn of_refund(refund: &Refund) -> Event {
    let back = if refund.restocked { "; all units returned to stock" } else { "" };
    let text = format!("{} given back{back}", money(refund.amount));
    Event { note: refund.reason.clone(), ..Event::new(refund.created_at, text) }
}
