//! The orders of a history in memory: what each operation answers and leaves behind.
//!
//! Times are minutes since the history began. A product costs 10.00, and amounts are in units of 5.00.

use std::collections::BTreeMap;

use ecomdb::{CancelReason, OrderStatus, PaymentOutcome, PaymentStatus};

/// Units of the two products.
pub(super) type Units = [i64; 2];

/// Number of an order, and of a payment, in the order in which the history makes them.
pub(super) type Slot = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Place { order: Slot, units: Units, hold: Option<i64>, replacing: Option<Slot> },
    Pay { order: Slot, payment: Slot, in_part: bool },
    Capture { payment: Slot },
    Settle { payment: Slot, outcome: PaymentOutcome },
    Cancel { order: Slot },
    Extend { order: Slot, minutes: i64 },
    Sweep,
}

/// What an operation answers; the same words for each error.
pub(super) type Answer = Result<(), &'static str>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderState {
    pub(super) units: Units,
    pub(super) status: OrderStatus,
    pub(super) reason: Option<CancelReason>,
    pub(super) expires: Option<i64>,
    pub(super) total: i64,
    pub(super) paid: i64,
    pub(super) refunded: i64,
    /// Status and amount of each payment.
    pub(super) payments: BTreeMap<Slot, (PaymentStatus, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) stock: Units,
    pub(super) orders: BTreeMap<Slot, OrderState>,
}

impl OrderState {
    fn is_due(&self, now: i64) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    fn close(&mut self, reason: CancelReason) {
        for (status, amount) in self.payments.values_mut() {
            match status {
                PaymentStatus::Pending => *status = PaymentStatus::Failed,
                PaymentStatus::Paid => {
                    *status = PaymentStatus::Refunded;
                    self.refunded += *amount;
                }
                _ => {}
            }
        }
        (self.status, self.reason, self.expires) = (OrderStatus::Cancelled, Some(reason), None);
    }

    fn takes(&self, now: i64) -> Answer {
        match self.status {
            OrderStatus::Pending if self.is_due(now) => Err("expired"),
            OrderStatus::Pending => Ok(()),
            _ => Err("not payable"),
        }
    }

    fn pay(&mut self, amount: i64) {
        (self.paid, self.expires) = (self.paid + amount, None);
        if self.paid == self.total {
            self.status = OrderStatus::Completed;
        }
    }
}

impl Model {
    pub(super) fn new(stock: Units) -> Self {
        Self { now: 0, stock, orders: BTreeMap::new() }
    }

    /// Orders whose hold has ended.
    pub(super) fn due(&self) -> Vec<Slot> {
        self.orders.iter().filter(|(_, order)| order.is_due(self.now)).map(|(slot, _)| *slot).collect()
    }

    /// Cancels an order whose hold has ended.
    pub(super) fn expire(&mut self, order: Slot) -> bool {
        match self.orders.get_mut(&order) {
            Some(order) if order.is_due(self.now) => {
                order.close(CancelReason::Expired);
                give_back(&mut self.stock, order.units);
                true
            }
            _ => false,
        }
    }

    fn expire_all(&mut self, due: &[Slot]) {
        for order in due {
            assert!(self.expire(*order));
        }
    }

    /// An operation with nothing beside it.
    pub(super) fn apply_alone(&mut self, operation: Operation) -> Answer {
        let answer = self.apply(operation);
        let due = self.due();
        match operation {
            Operation::Sweep => self.expire_all(&due),
            Operation::Place { units, .. } if answer == Err("shortage") => {
                let holds = |order: &Slot| (0..2).any(|product| units[product] * self.orders[order].units[product] > 0);
                let due: Vec<Slot> = due.into_iter().filter(holds).collect();
                if !due.is_empty() {
                    self.expire_all(&due);
                    return self.apply(operation);
                }
            }
            _ => {}
        }
        answer
    }

    /// An operation without what it expires, which is a step of its own.
    pub(super) fn apply(&mut self, operation: Operation) -> Answer {
        let now = self.now;
        match operation {
            Operation::Sweep => Ok(()),
            Operation::Place { order, units, hold, replacing } => self.place(order, units, hold, replacing),
            Operation::Pay { order, payment, in_part } => {
                let Some(order) = self.orders.get_mut(&order) else { return Err("not found") };
                order.takes(now)?;
                let amount = if in_part { 1 } else { order.total - order.paid };
                order.payments.insert(payment, (PaymentStatus::Paid, amount));
                order.pay(amount);
                Ok(())
            }
            Operation::Capture { payment } => {
                let Some((order, status, amount)) = self.payment(payment) else { return Err("not found") };
                if status != PaymentStatus::Pending {
                    return Err("illegal payment");
                }
                order.takes(now)?;
                if amount > order.total - order.paid {
                    return Err("overpayment");
                }
                order.payments.insert(payment, (PaymentStatus::Paid, amount));
                order.pay(amount);
                Ok(())
            }
            Operation::Settle { payment, outcome } => self.settle(payment, outcome),
            Operation::Cancel { order } => {
                let Some(order) = self.orders.get_mut(&order) else { return Err("not found") };
                if order.status != OrderStatus::Pending {
                    return Err("illegal order");
                }
                order.close(CancelReason::Asked);
                give_back(&mut self.stock, order.units);
                Ok(())
            }
            Operation::Extend { order, minutes } => {
                let Some(order) = self.orders.get_mut(&order) else { return Err("not found") };
                if order.status != OrderStatus::Pending {
                    return Err("illegal order");
                }
                let Some(end) = order.expires else { return Err("no hold") };
                if end <= now {
                    return Err("expired");
                }
                order.expires = Some(end.max(now + minutes));
                Ok(())
            }
        }
    }

    fn place(&mut self, slot: Slot, units: Units, hold: Option<i64>, replacing: Option<Slot>) -> Answer {
        let before = self.clone();
        if let Some(old) = replacing {
            let Some(old) = self.orders.get_mut(&old) else { return Err("invalid") };
            if old.status != OrderStatus::Pending || old.paid > 0 {
                return Err("illegal order");
            }
            if old.is_due(self.now) {
                return Err("expired");
            }
            old.close(CancelReason::Asked);
            give_back(&mut self.stock, old.units);
        }
        if (0..2).any(|product| self.stock[product] < units[product]) {
            *self = before;
            return Err("shortage");
        }
        give_back(&mut self.stock, units.map(|units| -units));
        let total = 2 * units.iter().sum::<i64>();
        let order = OrderState {
            units,
            status: OrderStatus::Pending,
            reason: None,
            expires: hold.map(|minutes| self.now + minutes),
            total,
            paid: 0,
            refunded: 0,
            // The payment with the number of the order, which was started with it.
            payments: BTreeMap::from([(slot, (PaymentStatus::Pending, total))]),
        };
        self.orders.insert(slot, order);
        Ok(())
    }

    fn settle(&mut self, payment: Slot, outcome: PaymentOutcome) -> Answer {
        use PaymentStatus::{Failed, Late, Paid, Pending, Refunded};
        let now = self.now;
        let Some((order, status, amount)) = self.payment(payment) else { return Err("not found") };
        let (after, answer) = match (status, outcome) {
            (Pending | Failed, PaymentOutcome::Paid) => {
                if order.takes(now).is_ok() && amount <= order.total - order.paid {
                    order.pay(amount);
                    (Paid, Ok(()))
                } else {
                    (Late, Err("late"))
                }
            }
            (Paid | Refunded, PaymentOutcome::Paid) => (status, Ok(())),
            (_, PaymentOutcome::Paid) => (status, Err("late")),
            (Pending | Failed, PaymentOutcome::Failed) => (Failed, Ok(())),
            (_, PaymentOutcome::Failed) => (status, Err("illegal payment")),
        };
        order.payments.insert(payment, (after, amount));
        answer
    }

    fn payment(&mut self, payment: Slot) -> Option<(&mut OrderState, PaymentStatus, i64)> {
        self.orders.values_mut().find_map(|order| {
            let (status, amount) = *order.payments.get(&payment)?;
            Some((order, status, amount))
        })
    }
}

fn give_back(stock: &mut Units, units: Units) {
    (0..2).for_each(|product| stock[product] += units[product]);
}
