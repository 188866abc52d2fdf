//! Orders that several threads place at the same time on MariaDB or MySQL, in one transaction: most of what an order costs
//! there are its statements, and a group of orders needs hardly more of them than one.
//!
//! Only what goes well is done in groups. An order that cannot be placed, or whose group lost against another transaction,
//! is placed by its own caller once more, alone, which finds the reason or waits longer.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::attempts::Attempts;
use super::groups::Groups;
use super::pool::{Pool, SUSPICIOUS};
use super::watch::Watch;
use super::{Database, Statistics, server};
use crate::backend::{Connection, DatabaseUrl, Purpose};
use crate::error::{Error, Result};
use crate::ordering::{Order, Request, place_together};

/// One of so many connections is the lane's.
const SHARE: u32 = 4;

/// How many orders may wait; the next one hears that the database is overloaded.
const QUEUE: usize = 4096;

/// Where orders meet, with connections of its own.
pub(super) struct OrderLane {
    pub(super) pool: Pool,
    groups: Groups<Request, Order>,
    /// Orders that were placed without a commit of their own.
    joined: AtomicU64,
}

impl OrderLane {
    /// None with fewer connections than would be worth it.
    pub(super) fn new(url: &DatabaseUrl, connections: u32, wait: Duration, watch: Option<&Arc<Watch>>) -> Option<Self> {
        let own = connections / SHARE;
        (own > 0).then(|| Self {
            pool: Pool::new(url.clone(), Purpose::Group, own, wait, watch.cloned()),
            groups: Groups::new(own as usize, QUEUE),
            joined: AtomicU64::new(0),
        })
    }

    /// What the other connections do, with what these do.
    pub(super) fn statistics(&self, others: Statistics) -> Statistics {
        let (connections, idle) = self.pool.connections();
        Statistics {
            connections: others.connections + connections,
            idle_connections: others.idle_connections + idle,
            max_connections: others.max_connections + self.pool.size(),
            // Those of a group are counted before each of its orders is.
            commits: others.writes.saturating_sub(self.joined.load(Ordering::Relaxed)),
            waiting_writes: self.groups.waiting() as u64,
            ..others
        }
    }

    /// Its caller has waited since it `started`.
    fn place(&self, request: &Arc<Request>, started: Instant) -> Option<Result<Order>> {
        let may_wait = || self.may_wait(started);
        let generation = self.pool.watch().map_or(0, |watch| watch.generation());
        self.groups.join(Arc::clone(request), generation, &may_wait, |group| self.place_group(group, started))
    }

    /// An order waits for its turn no longer than for a connection. Gives how often the server has come back.
    fn may_wait(&self, started: Instant) -> Result<u64> {
        if started.elapsed() > self.pool.wait() {
            return Err(Error::Overloaded("too many orders wait to be placed"));
        }
        let Some(watch) = self.pool.watch() else { return Ok(0) };
        watch.check()?;
        if started.elapsed() >= SUSPICIOUS {
            watch.suspect();
        }
        Ok(watch.generation())
    }

    fn place_group(&self, group: &[Arc<Request>], started: Instant) -> Vec<Option<Result<Order>>> {
        // Without anybody to share it with, a transaction as if there were no groups takes fewer statements.
        let by_itself = matches!(group, [only] if only.key.is_none());
        let begun = Cell::new(false);
        let place = |conn: &mut Connection| {
            begun.set(true);
            match group {
                [only] if by_itself => Ok(vec![Some(only.place(conn)?)]),
                _ => place_together(conn, group),
            }
        };
        match server::write_once(&self.pool, Attempts::since(started, &self.pool), place) {
            Ok(orders) => {
                let placed = orders.iter().flatten().count() as u64;
                self.joined.fetch_add(placed.saturating_sub(1), Ordering::Relaxed);
                orders.into_iter().map(|order| order.map(Ok)).collect()
            }
            Err(error) => {
                let failure = Failure { orders: group.len(), begun: begun.get(), by_itself };
                failure.outcomes(error)
            }
        }
    }
}

/// A transaction with orders that failed.
struct Failure {
    orders: usize,
    /// Whether it came so far as to begin.
    begun: bool,
    by_itself: bool,
}

impl Failure {
    /// What each of the callers hears; nothing if the order is to be placed alone, since none of the group left a trace.
    fn outcomes<T>(&self, error: Error) -> Vec<Option<Result<T>>> {
        let all = |error: &dyn Fn() -> Error| (0..self.orders).map(|_| Some(Err(error()))).collect();
        match error {
            Error::UnknownOutcome => all(&|| Error::UnknownOutcome),
            // Only the leader's time is over. The others may have come a moment ago.
            Error::Overloaded(why) if !self.begun => {
                std::iter::once(Some(Err(Error::Overloaded(why)))).chain(self.alone().into_iter().skip(1)).collect()
            }
            Error::Overloaded(why) => all(&|| Error::Overloaded(why)),
            Error::Unavailable(why) if !self.begun => all(&|| Error::Unavailable(why.clone())),
            Error::Contention { .. } | Error::Unavailable(_) => self.alone(),
            error if self.by_itself => vec![Some(Err(error))],
            error => {
                tracing::debug!(%error, orders = self.orders, "orders could not be placed together, so each is alone");
                self.alone()
            }
        }
    }

    fn alone<T>(&self) -> Vec<Option<Result<T>>> {
        (0..self.orders).map(|_| None).collect()
    }
}

impl Database {
    /// Places an order, in a transaction of its own or in one with others that are placed at the same time.
    pub(super) fn place_order(&self, request: Request) -> Result<Order> {
        let Some(lane) = &self.inner.order_lane else { return self.write(move |conn| request.place(conn)) };
        let (request, started) = (Arc::new(request), Instant::now());
        // All of it is one attempt: a failure that began before the database recovered says nothing about it afterwards.
        let order = self.writing(|| {
            let pool = &self.inner.pool;
            let alone = || server::write(pool, Attempts::since(started, pool), |conn| request.place(conn));
            lane.place(&request, started).unwrap_or_else(alone)
        })?;
        self.count_write();
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(orders: usize, begun: bool, by_itself: bool, error: Error) -> Vec<Option<Result<()>>> {
        Failure { orders, begun, by_itself }.outcomes(error)
    }

    fn lost() -> Error {
        Error::Contention { attempts: 1, source: diesel::result::Error::NotFound }
    }

    #[test]
    fn what_is_wrong_with_an_order_by_itself_is_told_to_its_caller() {
        let told = outcomes(1, true, true, Error::invalid("user_id", "no user has the id 9"));
        assert!(matches!(told[..], [Some(Err(Error::Invalid(_)))]), "{told:?}");
    }

    /// Its statements are those of a group, which can fail where those of one order do not.
    #[test]
    fn an_order_with_a_key_is_placed_alone_after_any_failure() {
        for error in [Error::RolledBack, Error::invalid("user_id", "no user has the id 9"), lost()] {
            let told = outcomes(1, true, false, error);
            assert!(matches!(told[..], [None]), "{told:?}");
        }
    }

    #[test]
    fn what_left_no_trace_is_tried_alone() {
        let disconnected = || Error::unreachable("gone");
        for error in [Error::RolledBack, lost(), disconnected()] {
            let told = outcomes(3, true, false, error);
            assert!(matches!(told[..], [None, None, None]), "{told:?}");
        }
        assert!(matches!(outcomes(1, true, true, lost())[..], [None]));
        assert!(matches!(outcomes(1, true, true, disconnected())[..], [None]));
    }

    #[test]
    fn a_leader_whose_time_is_over_ends_nobody_elses() {
        let told = outcomes(3, false, false, Error::Overloaded("busy"));
        assert!(matches!(told[..], [Some(Err(Error::Overloaded(_))), None, None]), "{told:?}");
    }

    #[test]
    fn what_concerns_the_database_is_told_to_all() {
        let told = outcomes(2, true, false, Error::UnknownOutcome);
        assert!(matches!(told[..], [Some(Err(Error::UnknownOutcome)), Some(Err(Error::UnknownOutcome))]), "{told:?}");
        let told = outcomes(2, false, false, Error::unreachable("refused"));
        assert!(matches!(told[..], [Some(Err(Error::Unavailable(_))), Some(Err(Error::Unavailable(_)))]), "{told:?}");
        let told = outcomes(2, true, false, Error::Overloaded("busy"));
        assert!(matches!(told[..], [Some(Err(Error::Overloaded(_))), Some(Err(Error::Overloaded(_)))]), "{told:?}");
    }
}
