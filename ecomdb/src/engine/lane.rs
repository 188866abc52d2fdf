//! Requests that several threads make at the same time on MariaDB or MySQL, done in one transaction: most of what a request
//! costs there are its statements, and a group of requests needs hardly more of them than one.
//!
//! Only what goes well is done in groups. A request that cannot be done, or whose group lost against another transaction, is
//! done by its own caller once more, alone, which finds the reason or waits longer.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::attempts::Attempts;
use super::groups::{Groups, Locks};
use super::pool::{Pool, SUSPICIOUS};
use super::watch::Watch;
use super::{Connection, DatabaseUrl, Purpose, server};
use crate::error::{Error, Result};

/// One of so many connections is the lane's.
const SHARE: u32 = 4;

/// How many requests may wait; the next one hears that the database is overloaded.
const QUEUE: usize = 4096;

/// What a lane does with requests of type `R`, each of which has a `T` as its result.
pub(crate) struct Work<R, T> {
    /// Does one, with the statements of one.
    pub(crate) alone: fn(&mut Connection, &R) -> Result<T>,
    /// Does those that can be done, and gives nothing for the others; an error undoes all of them.
    pub(crate) together: fn(&mut Connection, &[Arc<R>]) -> Result<Vec<Option<T>>>,
    /// Whether a group of this request alone may be done by the statements of one.
    pub(crate) is_simple: fn(&R) -> bool,
    /// What a request hears that is one too many.
    pub(crate) full: &'static str,
}

/// Where requests meet, with connections of its own.
pub(crate) struct Lane<R, T> {
    pool: Pool,
    work: Work<R, T>,
    groups: Groups<R, T>,
    /// Requests that were done without a commit of their own.
    joined: AtomicU64,
}

impl<R: Locks, T> Lane<R, T> {
    /// None with fewer connections than would be worth it.
    pub(crate) fn new(
        work: Work<R, T>,
        url: &DatabaseUrl,
        connections: u32,
        wait: Duration,
        watch: Option<&Arc<Watch>>,
    ) -> Option<Self> {
        let own = connections / SHARE;
        (own > 0).then(|| Self {
            pool: Pool::new(url.clone(), Purpose::Group, own, wait, watch.cloned()),
            groups: Groups::new(own as usize, QUEUE, work.full),
            work,
            joined: AtomicU64::new(0),
        })
    }

    /// Its connections.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// How many requests were done without a commit of their own. Those of a group are counted before its callers hear.
    pub(crate) fn joined(&self) -> u64 {
        self.joined.load(Ordering::Relaxed)
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.groups.waiting() as u64
    }

    /// Does a request in a group; nothing if it is to be done alone. Its caller has waited since it `started`.
    pub(crate) fn join(&self, request: &Arc<R>, started: Instant) -> Option<Result<T>> {
        let may_wait = || self.may_wait(started);
        let generation = self.pool.watch().map_or(0, |watch| watch.generation());
        self.groups.join(Arc::clone(request), generation, &may_wait, |group| self.do_group(group, started))
    }

    /// A request waits for its turn no longer than for a connection. Gives how often the server has come back.
    fn may_wait(&self, started: Instant) -> Result<u64> {
        if started.elapsed() > self.pool.wait() {
            return Err(Error::Overloaded(self.work.full));
        }
        let Some(watch) = self.pool.watch() else { return Ok(0) };
        watch.check()?;
        if started.elapsed() >= SUSPICIOUS {
            watch.suspect();
        }
        Ok(watch.generation())
    }

    fn do_group(&self, group: &[Arc<R>], started: Instant) -> Vec<Option<Result<T>>> {
        // Without anybody to share it with, a transaction as if there were no groups takes fewer statements.
        let by_itself = matches!(group, [only] if (self.work.is_simple)(only));
        let begun = Cell::new(false);
        let body = |conn: &mut Connection| {
            begun.set(true);
            match group {
                [only] if by_itself => Ok(vec![Some((self.work.alone)(conn, only)?)]),
                _ => (self.work.together)(conn, group),
            }
        };
        match server::try_write(&self.pool, Attempts::since(started, &self.pool), body) {
            Ok(done) => {
                let count = done.iter().flatten().count() as u64;
                self.joined.fetch_add(count.saturating_sub(1), Ordering::Relaxed);
                done.into_iter().map(|done| done.map(Ok)).collect()
            }
            Err(error) => {
                let failure = Failure { requests: group.len(), begun: begun.get(), by_itself };
                failure.outcomes(error)
            }
        }
    }
}

/// A transaction with requests that failed.
struct Failure {
    requests: usize,
    /// Whether it came so far as to begin.
    begun: bool,
    by_itself: bool,
}

impl Failure {
    /// What each of the callers hears; nothing if the request is to be done alone, since none of the group left a trace.
    fn outcomes<T>(&self, error: Error) -> Vec<Option<Result<T>>> {
        let all = |error: &dyn Fn() -> Error| (0..self.requests).map(|_| Some(Err(error()))).collect();
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
                tracing::debug!(%error, requests = self.requests, "requests could not be done together, so each is alone");
                self.alone()
            }
        }
    }

    fn alone<T>(&self) -> Vec<Option<Result<T>>> {
        (0..self.requests).map(|_| None).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(requests: usize, begun: bool, by_itself: bool, error: Error) -> Vec<Option<Result<()>>> {
        Failure { requests, begun, by_itself }.outcomes(error)
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
