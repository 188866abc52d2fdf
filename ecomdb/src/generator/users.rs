//! Generation of accounts, in the order they are opened.

use std::ops::Range;

use super::Dataset;
use super::calendar::{DAY, HOUR};
use super::customers::Block;
use super::renaming;
use super::streams::{Entity, Stream};
use crate::tables::UserRow;
use crate::types::UserStatus;

/// Iterator over users. Made by [`Dataset::users`] and [`Dataset::users_range`].
#[derive(Debug, Clone)]
pub struct Users<'a> {
    dataset: &'a Dataset,
    range: Range<u64>,
    block: Option<Block>,
    /// Cached pair of consecutive sign-ups: rank of the later one, and both times.
    pair: Option<(u64, i64, i64)>,
}

impl<'a> Users<'a> {
    pub(crate) fn new(dataset: &'a Dataset, range: Range<u64>) -> Self {
        let most = dataset.scenario.users;
        Self { dataset, range: range.start.min(most)..range.end.min(most), block: None, pair: None }
    }

    fn row(&mut self, index: u64) -> UserRow {
        let mut email = String::with_capacity(40);
        let (first_name, last_name) = self.dataset.people.person(index, &mut email);
        let (created_at, buys) = self.created_at(index);
        let mut row = UserRow {
            id: index as i64 + 1,
            email,
            first_name,
            last_name,
            status: UserStatus::Active,
            created_at,
            updated_at: created_at,
            name_revision: 0,
        };
        let mut stream = Stream::new(self.dataset.scenario.seed, Entity::User, index);
        // Only accounts without orders are disabled.
        if !buys && stream.percent(4) {
            let closed = created_at + stream.early(HOUR, 200 * DAY);
            if closed < self.dataset.calendar.to {
                row.status = UserStatus::Disabled;
                row.updated_at = closed;
            }
        }
        renaming::rename(&self.dataset.scenario, &self.dataset.calendar, &mut row);
        row
    }

    /// When the account is opened, and whether its user places orders. Times ascend with the index.
    fn created_at(&mut self, index: u64) -> (i64, bool) {
        let customers = &self.dataset.customers;
        let calendar = &self.dataset.calendar;
        if customers.buyers == 0 {
            let position = (index as f64 + 0.5) / self.dataset.scenario.users as f64;
            let span = (calendar.to - calendar.from) as f64;
            return (calendar.from + (position * span) as i64, false);
        }
        let (signup, buys) = customers.signups_before(index);
        if buys {
            return (self.signup_time(signup), true);
        }
        // Spread evenly between the sign-ups of the buyers before and after. User 0 is always a buyer.
        let (after, start, end) = match self.pair {
            Some(pair) if pair.0 == signup => pair,
            _ => (signup, self.signup_time(signup - 1), self.signup_time(signup)),
        };
        self.pair = Some((after, start, end));
        let first = customers.user_of_signup(signup - 1);
        let gap = customers.user_of_signup(signup) - first;
        let time = i128::from(end - start) * i128::from(index - first) / i128::from(gap);
        (start + time as i64, false)
    }

    fn signup_time(&mut self, signup: u64) -> i64 {
        let calendar = &self.dataset.calendar;
        if signup >= self.dataset.customers.buyers {
            return calendar.to - 1;
        }
        self.dataset.customers.signup_time(signup, calendar, &mut self.block)
    }
}

impl Iterator for Users<'_> {
    type Item = UserRow;

    fn next(&mut self) -> Option<UserRow> {
        let index = self.range.next()?;
        Some(self.row(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}
