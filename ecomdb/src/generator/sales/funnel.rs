//! The stages that the orders of each day reach.

use crate::generator::calendar::DAY;
use crate::tables::{FunnelDays, OrderRow};
use crate::types::OrderStatus;

/// Orders of one day, and the sums of their totals, by stage.
#[derive(Debug, Default)]
pub(super) struct Funnel {
    /// Day of the counted orders, since 1970; `None` before the first order.
    day: Option<i64>,
    /// Orders and totals: placed, attempted, paid, returned.
    stages: [[i64; 2]; 4],
}

impl Funnel {
    /// Adds an order. If it is the first of a day, returns the row of the day before.
    pub(super) fn add(&mut self, order: &OrderRow, has_payment: bool) -> Option<FunnelDays> {
        let day = Some(order.placed_at.div_euclid(DAY));
        let ended = if self.day == day { None } else { std::mem::take(self).day() };
        self.day = day;
        let is_returned = order.status == OrderStatus::Refunded;
        let is_paid = is_returned || order.status == OrderStatus::Completed;
        let reached = [true, is_paid || has_payment, is_paid, is_returned];
        for ([orders, total], _) in self.stages.iter_mut().zip(reached).filter(|(_, reached)| *reached) {
            (*orders, *total) = (*orders + 1, *total + order.total);
        }
        ended
    }

    /// The row of the current day.
    pub(super) fn day(&self) -> Option<FunnelDays> {
        let [placed, attempted, paid, returned] = self.stages;
        self.day.map(|day| FunnelDays {
            day,
            placed: placed[0],
            placed_amount: placed[1],
            attempted: attempted[0],
            attempted_amount: attempted[1],
            paid: paid[0],
            paid_amount: paid[1],
            returned: returned[0],
            returned_amount: returned[1],
        })
    }
}
