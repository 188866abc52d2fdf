//! Outcome of an order: payment attempts, completion, cancellation, refunds.
//!
//! The whole life of an order is drawn first. Events at or after the end of the period are then left out.

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::scenario::Scenario;
use super::streams::{Stream, mix, threshold};
use crate::tables::{OrderBundle, PaymentReference, PaymentRow, RefundRow};
use crate::types::{CancelReason, OrderStatus, PaymentMethod, PaymentStatus};

/// Nothing happens to an order later than this after it was placed.
pub(crate) const LIFETIME: i64 = 45 * DAY;

/// Payment ids reserved for each order; half as many refund ids. Ids thus depend on the order alone, and have gaps.
const PAYMENTS_PER_ORDER: i64 = 4;
const REFUNDS_PER_ORDER: i64 = 2;

const RETURN_REASONS: &[&str] =
    &["Changed mind", "Did not fit", "Not as described", "Found it cheaper", "Arrived too late", "Ordered by mistake"];
const ALLOWANCE_REASONS: &[&str] = &["Minor damage", "Part missing", "Late delivery", "Price adjustment", "Goodwill"];

/// Cumulative probabilities of the outcomes, as thresholds of 2^32.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    unpaid: u64,
    cancelled: u64,
    expired: u64,
    refunded: u64,
    partial: u64,
    failed_first: u64,
    late: u64,
}

impl Shares {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut sum = 0.0;
        let mut next = |share: f64| {
            sum += share;
            threshold(sum)
        };
        Self {
            unpaid: next(scenario.unpaid),
            cancelled: next(scenario.cancelled),
            expired: next(scenario.expired),
            refunded: next(scenario.refunded),
            partial: next(scenario.partially_refunded),
            failed_first: threshold(scenario.failed_first),
            late: threshold(scenario.late_payments),
        }
    }
}

/// Draws payments and refunds of the order in `bundle` until `end`. Id, time and total must be set.
pub(crate) fn decide(shares: &Shares, end: i64, stream: &mut Stream, bundle: &mut OrderBundle) {
    let order = &mut bundle.order;
    order.status = OrderStatus::Pending;
    order.paid = 0;
    order.refunded = 0;
    order.completed_at = None;
    order.cancelled_at = None;
    order.expires_at = None;
    order.cancel_reason = None;
    bundle.payments.clear();
    bundle.refunds.clear();
    let word = u64::from(stream.word());
    let mut life = Life { end, stream, bundle };
    if word < shares.unpaid {
        life.never_paid();
    } else if word < shares.cancelled {
        life.cancelled(shares.late);
    } else if word < shares.expired {
        life.expired(shares.late);
    } else if life.paid(shares.failed_first) {
        if word < shares.refunded {
            life.refunded_in_full();
        } else if word < shares.partial {
            life.refunded_in_part();
        }
    }
}

struct Life<'a> {
    end: i64,
    stream: &'a mut Stream,
    bundle: &'a mut OrderBundle,
}

impl Life<'_> {
    /// Pending: no payment, one refused, or one transfer that never arrives. Of some orders a part is paid.
    fn never_paid(&mut self) {
        let placed = self.bundle.order.placed_at;
        match self.stream.below(100) {
            0..34 => {}
            34..40 => self.paid_in_part(placed),
            40..75 => {
                let method = self.online_method();
                self.failed_attempts(method, placed);
            }
            _ => {
                let created = placed + self.stream.between(SECOND, MINUTE);
                self.attempt(PaymentMethod::BankTransfer, PaymentStatus::Pending, created);
            }
        }
    }

    /// One transfer of a part of the total.
    fn paid_in_part(&mut self, placed: i64) {
        let part = self.bundle.order.total * self.stream.between(20, 60) / 100;
        let created = placed + self.stream.between(SECOND, MINUTE);
        let paid = created + self.stream.early(8 * HOUR, 5 * DAY);
        if part == 0 {
            return;
        }
        let Some(index) = self.attempt(PaymentMethod::BankTransfer, PaymentStatus::Pending, created) else {
            return;
        };
        self.bundle.payments[index].amount = part;
        if paid < self.end {
            self.capture(index, paid);
        }
    }

    /// Cancelled within two days, without a completed payment.
    fn cancelled(&mut self, late: u64) {
        let mut last = self.bundle.order.placed_at;
        if self.stream.percent(40) {
            let method = self.online_method();
            last = self.failed_attempts(method, last);
        }
        let cancelled = last + self.stream.early(5 * MINUTE, 2 * DAY);
        if cancelled < self.end {
            self.bundle.order.status = OrderStatus::Cancelled;
            self.bundle.order.cancelled_at = Some(cancelled);
            self.bundle.order.cancel_reason = Some(CancelReason::Asked);
            self.paid_late(late, last, cancelled);
        }
    }

    /// Held for a while, and cancelled by a sweep soon after. Some were tried to be paid.
    fn expired(&mut self, late: u64) {
        /// Lengths of holds in minutes, longer than all attempts to pay take.
        const HOLDS: &[i64] = &[15, 30, 30, 60];
        const SWEEP: i64 = 30 * SECOND;
        let placed = self.bundle.order.placed_at;
        let mut last = placed;
        if self.stream.percent(35) {
            let method = self.online_method();
            last = self.failed_attempts(method, placed);
        }
        let ends = placed + self.stream.pick(HOLDS).copied().unwrap_or(30) * MINUTE;
        let swept = ends + self.stream.between(0, SWEEP);
        let order = &mut self.bundle.order;
        if swept < self.end {
            order.status = OrderStatus::Cancelled;
            order.cancelled_at = Some(swept);
            order.cancel_reason = Some(CancelReason::Expired);
            self.paid_late(late, last, swept);
        } else {
            order.expires_at = Some(ends);
        }
    }

    /// With the probability `late`, a payment that was begun before the order was cancelled arrives afterwards. The money of
    /// most was given back.
    fn paid_late(&mut self, late: u64, last: i64, cancelled: i64) {
        if u64::from(self.stream.word()) >= late {
            return;
        }
        let method = self.online_method();
        let created = self.stream.between(last + 1, cancelled);
        let paid = cancelled + self.stream.early(SECOND, 2 * DAY);
        let is_returned = self.stream.percent(70);
        if paid >= self.end {
            return;
        }
        let status = if is_returned { PaymentStatus::Returned } else { PaymentStatus::Late };
        if let Some(index) = self.attempt(method, status, created) {
            self.note_captured(index, paid);
        }
    }

    /// Paid in full by one payment, after `failed_first` failures. Returns whether that was before the end.
    fn paid(&mut self, failed_first: u64) -> bool {
        let placed = self.bundle.order.placed_at;
        let fails = u64::from(self.stream.word()) < failed_first;
        let percentile = self.stream.below(100);
        let method = if fails { self.online_method() } else { method_at(percentile) };
        let usage = usage(method);
        let mut last = placed;
        if fails {
            last = self.failed_attempts(method, placed) + self.stream.early(0, 6 * HOUR);
        }
        let created = last + self.stream.between(2 * SECOND, 2 * MINUTE);
        let paid = created
            + match usage.capture {
                Capture::Between(least, most) => self.stream.between(least, most),
                Capture::Early(least, most) => self.stream.early(least, most),
            };
        let Some(index) = self.attempt(method, PaymentStatus::Pending, created) else {
            return false;
        };
        if paid >= self.end {
            return false;
        }
        self.capture(index, paid);
        let order = &mut self.bundle.order;
        order.status = OrderStatus::Completed;
        order.completed_at = Some(paid);
        true
    }

    /// Captures a payment.
    fn capture(&mut self, index: usize, time: i64) {
        self.note_captured(index, time);
        let payment = &mut self.bundle.payments[index];
        payment.status = PaymentStatus::Paid;
        self.bundle.order.paid += payment.amount;
    }

    /// Sets time and reference of a captured payment.
    fn note_captured(&mut self, index: usize, time: i64) {
        let payment = &mut self.bundle.payments[index];
        payment.paid_at = Some(time);
        payment.reference = usage(payment.method).prefix.map(|prefix| reference(prefix, payment.id));
    }

    fn refunded_in_full(&mut self) {
        let total = self.bundle.order.total;
        let restocked = self.stream.percent(70);
        let mut time = self.paid_at() + self.stream.early(DAY, 25 * DAY);
        if self.stream.percent(10) {
            // An allowance first, then the remainder.
            let allowance = (total * self.stream.between(10, 50) / 100).max(1);
            if allowance < total {
                self.refund(allowance, ALLOWANCE_REASONS, false, time);
                time += self.stream.between(DAY, 10 * DAY);
            }
        }
        let rest = total - self.bundle.order.refunded;
        self.refund(rest, RETURN_REASONS, restocked, time);
    }

    fn refunded_in_part(&mut self) {
        let order = &self.bundle.order;
        let time = self.paid_at() + self.stream.early(DAY, 25 * DAY);
        let total = order.total;
        let line = self.stream.pick(&self.bundle.items).map(|item| item.unit_price);
        let amount = match line {
            // One unit of several, or a part of the price.
            Some(price) if price < total && self.stream.percent(60) => price,
            _ => (total * self.stream.between(5, 45) / 100).max(1),
        };
        if amount >= total {
            return;
        }
        self.refund(amount, ALLOWANCE_REASONS, false, time);
        let second = (total - amount) * self.stream.between(5, 30) / 100;
        if self.stream.percent(12) && second > 0 {
            let later = time + self.stream.between(DAY, 10 * DAY);
            self.refund(second, ALLOWANCE_REASONS, false, later);
        }
    }

    /// Time of the successful payment, which is the last one.
    fn paid_at(&self) -> i64 {
        let order = &self.bundle.order;
        order.completed_at.unwrap_or(order.placed_at)
    }

    fn online_method(&mut self) -> PaymentMethod {
        if self.stream.percent(75) { PaymentMethod::Card } else { PaymentMethod::Paypal }
    }

    /// One or two refused attempts; returns the time of the last.
    fn failed_attempts(&mut self, method: PaymentMethod, after: i64) -> i64 {
        let mut time = after + self.stream.between(5 * SECOND, 3 * MINUTE);
        self.attempt(method, PaymentStatus::Failed, time);
        if self.stream.percent(15) {
            time += self.stream.between(20 * SECOND, 10 * MINUTE);
            self.attempt(method, PaymentStatus::Failed, time);
        }
        time
    }

    /// Adds an attempt for the full total and returns its index, unless it falls at or after the end.
    fn attempt(&mut self, method: PaymentMethod, status: PaymentStatus, created_at: i64) -> Option<usize> {
        if created_at >= self.end {
            return None;
        }
        let order = &self.bundle.order;
        let index = self.bundle.payments.len();
        self.bundle.payments.push(PaymentRow {
            id: (order.id - 1) * PAYMENTS_PER_ORDER + index as i64 + 1,
            order_id: order.id,
            method,
            status,
            amount: order.total,
            paid_at: None,
            reference: None,
            created_at,
        });
        Some(index)
    }

    /// Refunds a part of the successful payment, unless that falls at or after the end.
    fn refund(&mut self, amount: i64, reasons: &'static [&'static str], restocked: bool, time: i64) {
        let reason = self.stream.pick(reasons).copied().unwrap_or_default();
        let order = &mut self.bundle.order;
        let Some(payment) = self.bundle.payments.last_mut() else {
            return;
        };
        if time >= self.end {
            return;
        }
        let index = self.bundle.refunds.len() as i64;
        order.refunded += amount;
        if order.refunded == order.total {
            order.status = OrderStatus::Refunded;
            payment.status = PaymentStatus::Refunded;
        }
        self.bundle.refunds.push(RefundRow {
            id: (order.id - 1) * REFUNDS_PER_ORDER + index + 1,
            payment_id: payment.id,
            order_id: order.id,
            amount,
            reason,
            restocked,
            created_at: time,
        });
    }
}

/// The provider's reference of a payment, which no other payment of the shop has.
pub(super) fn reference(prefix: [u8; 3], payment: i64) -> PaymentReference {
    PaymentReference::from_bits(mix(payment as u64), prefix)
}

/// How customers use a payment method.
struct Usage {
    /// Percentage of the orders paid at the first attempt. The sum over all methods is 100.
    percent: u64,
    /// Time from the attempt to its capture.
    capture: Capture,
    /// Prefix of the provider's references; `None` without a provider.
    prefix: Option<[u8; 3]>,
}

/// A random duration in microseconds.
enum Capture {
    /// Equally likely everywhere between the two.
    Between(i64, i64),
    /// Between the two, more likely early.
    Early(i64, i64),
}

fn usage(method: PaymentMethod) -> Usage {
    let (percent, capture, prefix) = match method {
        PaymentMethod::Card => (60, Capture::Between(SECOND, 20 * SECOND), Some(*b"CH-")),
        PaymentMethod::Paypal => (22, Capture::Between(SECOND, 20 * SECOND), Some(*b"PP-")),
        PaymentMethod::BankTransfer => (12, Capture::Early(8 * HOUR, 5 * DAY), Some(*b"BT-")),
        PaymentMethod::Cash => (6, Capture::Between(DAY, 6 * DAY), None),
    };
    Usage { percent, capture, prefix }
}

/// The payment method at a percentile (0 to 99) of the orders.
fn method_at(percentile: u64) -> PaymentMethod {
    let mut below = 0;
    let found = PaymentMethod::ALL.iter().find(|method| {
        below += usage(**method).percent;
        percentile < below
    });
    found.copied().unwrap_or(PaymentMethod::Card)
}
