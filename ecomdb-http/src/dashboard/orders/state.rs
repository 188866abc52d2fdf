//! The state of an order or a payment for people: a badge for lists, and a sentence with the amounts.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use ecomdb::{
    AdjustmentKind, CancelReason, Money, Order, OrderAdjustment, OrderStatus, Payment, PaymentMethod, PaymentStatus,
};

use crate::dashboard::format::{count, counted, label, money};

/// A badge: word, icon and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) struct Badge {
    /// Class of the style sheet.
    pub(in crate::dashboard) class: &'static str,
    /// Icon of the sprite.
    pub(in crate::dashboard) icon: &'static str,
    pub(in crate::dashboard) word: &'static str,
}

impl Badge {
    const fn new(class: &'static str, icon: &'static str, word: &'static str) -> Self {
        Self { class, icon, word }
    }

    /// The state of an order. `captured` is what was paid of it, `cancelled` why it was cancelled.
    pub(in crate::dashboard) fn of_order(
        status: OrderStatus,
        captured: Money,
        cancelled: Option<CancelReason>,
    ) -> Self {
        match status {
            OrderStatus::Pending if captured > Money::ZERO => Self::new("is-pending", "contrast", "Part-paid"),
            OrderStatus::Pending => Self::new("is-pending", "clock", "Unpaid"),
            OrderStatus::Completed => Self::new("is-paid", "circle-check", "Completed"),
            OrderStatus::Refunded => Self::new("is-refunded", "undo-2", "Refunded"),
            OrderStatus::Cancelled if cancelled == Some(CancelReason::Expired) => {
                Self::new("is-cancelled", "clock", "Expired")
            }
            OrderStatus::Cancelled => Self::new("is-cancelled", "ban", "Cancelled"),
        }
    }

    /// The badge of a payment.
    pub(in crate::dashboard) const fn of_payment(status: PaymentStatus) -> Self {
        match status {
            PaymentStatus::Pending => Self::new("is-pending", "clock", "Pending"),
            PaymentStatus::Paid => Self::new("is-paid", "circle-check", "Captured"),
            PaymentStatus::Failed => Self::new("is-failed", "circle-x", "Failed"),
            PaymentStatus::Refunded => Self::new("is-refunded", "undo-2", "Refunded"),
            PaymentStatus::Late => Self::new("is-pending", "clock", "Late"),
            PaymentStatus::Returned => Self::new("is-refunded", "undo-2", "Returned"),
        }
    }
}

/// The name of a payment method. It follows from the method's word, with exceptions.
pub(in crate::dashboard) fn method(method: PaymentMethod) -> Cow<'static, str> {
    match method {
        PaymentMethod::Paypal => "PayPal".into(),
        PaymentMethod::Cash => "cash on delivery".into(),
        other => other.as_str().replace('_', " ").into(),
    }
}

/// Whether the hold of the order has ended, so that it cannot be paid.
pub(super) fn is_expired(order: &Order, now: DateTime<Utc>) -> bool {
    order.expires_at.is_some_and(|end| end <= now)
}

/// The methods of payment: their words in forms, and their labels.
pub(super) fn methods() -> Vec<(&'static str, String)> {
    PaymentMethod::ALL.iter().map(|one| (one.as_str(), label(method(*one)))).collect()
}

/// The amounts of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) struct Sums {
    /// The items at their prices, before discounts.
    pub(in crate::dashboard) items: Money,
    pub(in crate::dashboard) total: Money,
    /// The sum of all captured payments, refunded or not.
    pub(in crate::dashboard) captured: Money,
    pub(in crate::dashboard) refunded: Money,
    /// Left to pay; zero unless the order is pending.
    pub(in crate::dashboard) due: Money,
}

impl Sums {
    pub(in crate::dashboard) fn of(order: &Order) -> Self {
        let captured = order.payments.iter().filter(|payment| is_captured(payment)).map(|payment| payment.amount);
        let captured = captured.sum::<Option<Money>>().unwrap_or_default();
        let is_pending = order.status == OrderStatus::Pending;
        let due = order.total.checked_sub(captured).filter(|_| is_pending).unwrap_or_default();
        let items = order.items.iter().map(|item| item.line_total).sum::<Option<Money>>().unwrap_or_default();
        Self { items, total: order.total, captured, refunded: order.refunded, due }
    }

    /// The amount that can still be refunded.
    pub(super) fn refundable(self) -> Money {
        self.total.checked_sub(self.refunded).unwrap_or_default()
    }
}

/// A discount, shipping, a fee or a tax of an order, as it is shown.
pub(in crate::dashboard) struct Adjusted {
    /// Kind and label, such as `Voucher SUMMER10` or `VAT 19 % (included)`.
    pub(in crate::dashboard) words: String,
    pub(in crate::dashboard) amount: String,
    /// Address of the voucher.
    pub(in crate::dashboard) href: Option<String>,
}

/// Adjustments as they are shown.
pub(in crate::dashboard) fn adjusted(adjustments: &[OrderAdjustment]) -> Vec<Adjusted> {
    let one = |it: &OrderAdjustment| {
        let label = &it.label;
        let words = match it.kind {
            AdjustmentKind::Discount if it.voucher_id.is_some() => format!("Voucher {label}"),
            AdjustmentKind::Discount => format!("Discount: {label}"),
            AdjustmentKind::Shipping => format!("Shipping: {label}"),
            AdjustmentKind::Tax if it.included => format!("{label} (included)"),
            AdjustmentKind::Fee | AdjustmentKind::Tax => label.clone(),
        };
        Adjusted { words, amount: money(it.amount), href: it.voucher_id.map(|id| format!("/vouchers/{id}")) }
    };
    adjustments.iter().map(one).collect()
}

/// Whether the payment was captured for the order at some time.
pub(in crate::dashboard) const fn is_captured(payment: &Payment) -> bool {
    matches!(payment.status, PaymentStatus::Paid | PaymentStatus::Refunded)
}

/// The part of a captured payment that was not refunded.
pub(super) fn left(order: &Order, payment: &Payment) -> Money {
    if !is_captured(payment) {
        return Money::ZERO;
    }
    let refunds = order.refunds.iter().filter(|refund| refund.payment_id == payment.id).map(|refund| refund.amount);
    refunds.fold(payment.amount, |left, refund| left.checked_sub(refund).unwrap_or_default())
}

/// The state of an order as a sentence: `Paid 40.00 of 59.98, 19.98 due.`
pub(in crate::dashboard) fn sentence(order: &Order) -> String {
    let Sums { total, captured, refunded, due, items: _ } = Sums::of(order);
    let [total_text, captured, refunded_text, due] = [total, captured, refunded, due].map(money);
    match order.status {
        OrderStatus::Pending if Sums::of(order).captured == Money::ZERO => {
            format!("Nothing is paid: {due} due.{}", started(order))
        }
        OrderStatus::Pending => format!("Paid {captured} of {total_text}, {due} due.{}", started(order)),
        OrderStatus::Completed if total == Money::ZERO => "There is nothing to pay.".to_owned(),
        OrderStatus::Completed if refunded == Money::ZERO => format!("Paid in full: {total_text}."),
        OrderStatus::Completed => {
            let kept = money(total.checked_sub(refunded).unwrap_or_default());
            format!("Paid in full: {total_text}. {refunded_text} was given back, {kept} kept.")
        }
        OrderStatus::Refunded => format!("Paid in full and given back: {refunded_text}."),
        OrderStatus::Cancelled if order.cancel_reason == Some(CancelReason::Expired) => {
            "Cancelled, because its hold ended before anything was paid.".to_owned()
        }
        OrderStatus::Cancelled if refunded == Money::ZERO => "Cancelled before anything was paid.".to_owned(),
        OrderStatus::Cancelled => format!("Cancelled. {refunded_text} was given back."),
    }
}

/// The pending payments, as a further sentence.
fn started(order: &Order) -> String {
    let pending = order.payments.iter().filter(|payment| payment.status == PaymentStatus::Pending);
    let amounts: Vec<String> = pending.map(|payment| money(payment.amount)).collect();
    match &amounts[..] {
        [] => String::new(),
        [amount] => format!(" A payment of {amount} waits to be captured."),
        several => format!(" Payments of {} wait to be captured.", several.join(" and ")),
    }
}

/// The buyer's name; for callers who may not see it, the customer's number.
pub(in crate::dashboard) fn customer(order: &Order) -> String {
    match &order.buyer {
        Some(buyer) => format!("{} {}", buyer.first_name, buyer.last_name),
        None => format!("Customer {}", order.user_id),
    }
}

/// The units of an order in words: `2 x Desk lamp and 1 x Atlas`.
pub(super) fn units(order: &Order) -> String {
    listed(order.items.iter().map(|item| (item.quantity, item.product_name.as_str())))
}

/// Units and names of products in words: `2 x Desk lamp and 1 x Atlas`.
pub(super) fn listed<'a>(products: impl ExactSizeIterator<Item = (i64, &'a str)>) -> String {
    /// Maximum number of products that are named.
    const NAMED: usize = 5;
    let unnamed = products.len().saturating_sub(NAMED);
    let named = products.take(NAMED).map(|(units, name)| format!("{} x {name}", count(units)));
    let mut words: Vec<String> = named.collect();
    if unnamed > 0 {
        words.push(counted(unnamed, "other product", "other products"));
    }
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => "No units".to_owned(),
    }
}
