//! The orders of a history in memory: what each operation answers and leaves behind.
//!
//! Times are minutes since the history began. A product costs 10.00, and amounts are in units of 5.00. There are two users
//! and two vouchers, known by their places.

use std::collections::BTreeMap;

use ecomdb::{CancelReason, OrderStatus, PaymentOutcome, PaymentStatus};

/// Units of the two products.
pub(super) type Units = [i64; 2];

/// Place of a user or of a voucher.
pub(super) type Place = usize;

/// What each voucher takes off an order.
pub(super) const DISCOUNTS: [i64; 2] = [1, 4];

/// Number of an order, and of a payment, in the order in which the history makes them.
pub(super) type Slot = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Place(Placing),
    Pay { order: Slot, payment: Slot, in_part: bool },
    Capture { payment: Slot },
    Settle { payment: Slot, outcome: PaymentOutcome },
    Cancel { order: Slot },
    Extend { order: Slot, minutes: i64 },
    Limit { voucher: Place, limits: Limits },
    Sweep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placing {
    pub(super) order: Slot,
    pub(super) user: Place,
    pub(super) units: Units,
    pub(super) hold: Option<i64>,
    pub(super) voucher: Option<Place>,
    pub(super) replacing: Option<Slot>,
}

/// The limits of a voucher's uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) of_all: Option<i64>,
    pub(super) of_each: Option<i64>,
}

/// What an operation answers; the same words for each error.
pub(super) type Answer = Result<(), &'static str>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrderState {
    pub(super) user: Place,
    pub(super) voucher: Option<Place>,
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
    /// Limits and uses of the vouchers.
    pub(super) vouchers: [(Limits, i64); 2],
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
    pub(super) fn new(stock: Units, limits: [Limits; 2]) -> Self {
        Self { now: 0, stock, orders: BTreeMap::new(), vouchers: limits.map(|limits| (limits, 0)) }
    }

    /// Orders whose hold has ended.
    pub(super) fn due(&self) -> Vec<Slot> {
        self.orders.iter().filter(|(_, order)| order.is_due(self.now)).map(|(slot, _)| *slot).collect()
    }

    /// Cancels an order whose hold has ended.
    pub(super) fn expire(&mut self, order: Slot) -> bool {
        let is_due = self.orders.get(&order).is_some_and(|order| order.is_due(self.now));
        if is_due {
            self.close(order, CancelReason::Expired);
        }
        is_due
    }

    /// Cancels an order, which gives its units and the use of its voucher back.
    fn close(&mut self, order: Slot, reason: CancelReason) {
        let order = self.orders.get_mut(&order).unwrap();
        order.close(reason);
        give_back(&mut self.stock, order.units);
        if let Some(voucher) = order.voucher {
            self.vouchers[voucher].1 -= 1;
        }
    }

    /// How often a user uses a voucher.
    fn uses(&self, voucher: Place, user: Place) -> i64 {
        let is_one = |order: &&OrderState| {
            order.voucher == Some(voucher) && order.user == user && order.status != OrderStatus::Cancelled
        };
        self.orders.values().filter(is_one).count() as i64
    }

    fn is_used_up(&self, voucher: Place) -> bool {
        let (limits, used) = self.vouchers[voucher];
        limits.of_all.is_some_and(|limit| used >= limit)
    }

    fn is_used_up_by(&self, voucher: Place, user: Place) -> bool {
        self.vouchers[voucher].0.of_each.is_some_and(|limit| self.uses(voucher, user) >= limit)
    }

    /// Whether an order has what the new one needs: a product, or a use of a voucher that is used up.
    fn is_in_the_way(&self, order: &OrderState, new: &Placing) -> bool {
        let voucher = new.voucher.filter(|voucher| order.voucher == Some(*voucher));
        (0..2).any(|product| new.units[product] * order.units[product] > 0)
            || voucher.is_some_and(|voucher| {
                self.is_used_up(voucher) || order.user == new.user && self.is_used_up_by(voucher, new.user)
            })
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
            Operation::Place(new) if [Err("shortage"), Err("voucher")].contains(&answer) => {
                let due: Vec<Slot> =
                    due.into_iter().filter(|order| self.is_in_the_way(&self.orders[order], &new)).collect();
                if !due.is_empty() {
                    self.expire_all(&due);
                    return self.apply(operation);
                }
            }
            _ => {}
        }
        answer
    }

    /// Applies an operation. The orders that it expires are a separate step.
    pub(super) fn apply(&mut self, operation: Operation) -> Answer {
        let now = self.now;
        match operation {
            Operation::Sweep => Ok(()),
            Operation::Place(new) => self.place(new),
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
            Operation::Cancel { order: slot } => {
                let Some(order) = self.orders.get(&slot) else { return Err("not found") };
                if order.status != OrderStatus::Pending && (order.status, order.total) != (OrderStatus::Completed, 0) {
                    return Err("illegal order");
                }
                self.close(slot, CancelReason::Asked);
                Ok(())
            }
            Operation::Extend { order, minutes } => {
                let Some(order) = self.orders.get_mut(&order) else { return Err("not found") };
                let Some(end) = order.expires else { return Err("no hold") };
                if end <= now {
                    return Err("expired");
                }
                order.expires = Some(end.max(now + minutes));
                Ok(())
            }
            Operation::Limit { voucher, limits } => self.limit(voucher, limits),
        }
    }

    /// Limits must not be below the uses.
    fn limit(&mut self, voucher: Place, limits: Limits) -> Answer {
        let (_, used) = self.vouchers[voucher];
        let most = (0..2).map(|user| self.uses(voucher, user)).max().unwrap();
        if limits.of_all.is_some_and(|limit| limit < used) || limits.of_each.is_some_and(|limit| limit < most) {
            return Err("invalid");
        }
        self.vouchers[voucher].0 = limits;
        Ok(())
    }

    fn place(&mut self, new: Placing) -> Answer {
        let before = self.clone();
        let placed = self.try_to_place(new);
        if placed.is_err() {
            *self = before;
        }
        placed
    }

    fn try_to_place(&mut self, Placing { order, user, units, hold, voucher, replacing }: Placing) -> Answer {
        if let Some(slot) = replacing {
            let Some(old) = self.orders.get(&slot).filter(|old| old.user == user) else { return Err("invalid") };
            if old.status != OrderStatus::Pending || old.paid > 0 {
                return Err("illegal order");
            }
            if old.is_due(self.now) {
                return Err("expired");
            }
            self.close(slot, CancelReason::Asked);
        }
        if (0..2).any(|product| self.stock[product] < units[product]) {
            return Err("shortage");
        }
        give_back(&mut self.stock, units.map(|units| -units));
        let price = 2 * units.iter().sum::<i64>();
        let mut total = price;
        if let Some(voucher) = voucher {
            if self.is_used_up(voucher) || self.is_used_up_by(voucher, user) {
                return Err("voucher");
            }
            self.vouchers[voucher].1 += 1;
            total -= DISCOUNTS[voucher].min(price);
        }
        // An order of 0.00 is completed at once, and has no payment.
        let is_free = total == 0;
        let state = OrderState {
            user,
            voucher,
            units,
            status: if is_free { OrderStatus::Completed } else { OrderStatus::Pending },
            reason: None,
            expires: hold.filter(|_| !is_free).map(|minutes| self.now + minutes),
            total,
            paid: 0,
            refunded: 0,
            // The payment with the number of the order, which was started with it.
            payments: (!is_free).then_some((order, (PaymentStatus::Pending, total))).into_iter().collect(),
        };
        self.orders.insert(order, state);
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
