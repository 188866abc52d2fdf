//! Orders that several threads place at the same time on MariaDB or MySQL, in one transaction: most of what an order costs
//! there are its statements, and a group of orders needs hardly more of them than one.
//!
//! Only what goes well is done in groups. An order that cannot be placed, or whose group lost against another transaction,
//! is placed by its own caller once more, alone, which finds the reason or waits longer.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::groups::Groups;
use super::pool::Pool;
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
    pub(super) fn new(url: &DatabaseUrl, connections: u32, wait: Duration) -> Option<Self> {
        let own = connections / SHARE;
        (own > 0).then(|| Self {
            pool: Pool::new(url.clone(), Purpose::Group, own, wait),
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

    fn place(&self, request: &Arc<Request>) -> Option<Result<Order>> {
        self.groups.join(Arc::clone(request), |group| self.place_group(group))
    }

    fn place_group(&self, group: &[Arc<Request>]) -> Vec<Option<Result<Order>>> {
        let begun = Cell::new(false);
        let alone = || group.iter().map(|_| None).collect();
        let all = |error: &dyn Fn() -> Error| group.iter().map(|_| Some(Err(error()))).collect();
        let place = |conn: &mut Connection| {
            begun.set(true);
            match group {
                [only] if only.key.is_none() => Ok(vec![Some(only.place(conn)?)]),
                _ => place_together(conn, group),
            }
        };
        match server::write_once(&self.pool, place) {
            Ok(orders) => {
                let placed = orders.iter().flatten().count() as u64;
                self.joined.fetch_add(placed.saturating_sub(1), Ordering::Relaxed);
                orders.into_iter().map(|order| order.map(Ok)).collect()
            }
            Err(Error::UnknownOutcome) => all(&|| Error::UnknownOutcome),
            Err(Error::Overloaded(why)) => all(&|| Error::Overloaded(why)),
            // None of them left a trace.
            Err(Error::Unavailable(why)) if !begun.get() => all(&|| Error::Unavailable(why.clone())),
            Err(Error::Contention { .. } | Error::Unavailable(_)) => alone(),
            Err(error) if group.len() == 1 => vec![Some(Err(error))],
            Err(_) => alone(),
        }
    }
}

impl Database {
    /// Places an order, in a transaction of its own or in one with others that are placed at the same time.
    pub(super) fn place_order(&self, request: Request) -> Result<Order> {
        let request = Arc::new(request);
        match self.inner.order_lane.as_ref().and_then(|lane| lane.place(&request)) {
            Some(outcome) => outcome.inspect(|_| self.count_write()),
            None => self.write(move |conn| request.place(conn)),
        }
    }
}
