//! Batching of concurrent requests on a server in one transaction. Most of a request's cost on a server is its
//! statements, and a batch needs hardly more of them than a single request.
//!
//! A server that is far away costs time rather than work: successive batches on few connections take longer than single
//! requests on all connections. In that case, requests are queued for a batch only when every connection is in use.
//!
//! Batches handle only success. If a request fails, or its batch conflicts with another transaction, its own caller
//! runs it again alone, to report the error or to wait longer.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::attempts::Attempts;
use super::distance::Distance;
use super::groups::{Groups, Locks, Turn};
use super::pool::{Pool, SUSPICIOUS};
use super::watch::Watch;
use super::workers::Workers;
use super::{Connection, DatabaseUrl, Purpose, server};
use crate::error::{Error, Result};
use crate::types::settings::Settings;

/// One in this many connections is reserved for the lane.
const SHARE: u32 = 4;

/// Maximum number of queued requests; further ones fail as overloaded.
const QUEUE: usize = 4096;

/// Runs a batch, and returns `None` for requests that fail. An error rolls back the batch.
type Together<R, T> = fn(&mut Connection, &[Arc<R>]) -> Result<Vec<Option<T>>>;

/// How to run requests of type `R` with results of type `T`.
pub(crate) struct Work<R, T> {
    /// Runs a single request.
    pub(crate) alone: fn(&mut Connection, &R) -> Result<T>,
    /// Runs a batch.
    pub(crate) together: Together<R, T>,
    /// Whether a batch of only this request may use the statements of a single request.
    pub(crate) is_simple: fn(&R) -> bool,
    /// Error message for a request that exceeds the queue.
    pub(crate) full: &'static str,
}

/// Batches requests on reserved connections.
pub(crate) struct Lane<R, T> {
    pool: Pool,
    work: Work<R, T>,
    groups: Groups<R, T>,
    distance: Distance,
    /// Number of requests that shared another's commit.
    joined: AtomicU64,
    /// Whether the timer of the workers checks the waiting asynchronous requests.
    is_checked: AtomicBool,
}

impl<R: Locks, T> Lane<R, T> {
    /// Returns `None` for a pool too small to reserve connections.
    pub(crate) fn new(
        work: Work<R, T>,
        url: &DatabaseUrl,
        connections: u32,
        wait: Duration,
        watch: &Arc<Watch>,
    ) -> Option<Self> {
        let own = connections / SHARE;
        (own > 0).then(|| Self {
            pool: Pool::new(url.clone(), Purpose::Group, own, wait, Some(Arc::clone(watch))),
            groups: Groups::new(own as usize, QUEUE, work.full),
            work,
            distance: Distance::default(),
            joined: AtomicU64::new(0),
            is_checked: AtomicBool::new(false),
        })
    }

    /// The reserved connections.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Number of requests that shared another's commit. A batch is counted before its callers are answered.
    pub(crate) fn joined(&self) -> u64 {
        self.joined.load(Ordering::Relaxed)
    }

    /// Number of queued requests.
    pub(crate) fn waiting(&self) -> u64 {
        self.groups.waiting() as u64
    }

    /// Runs a request in a batch. Returns `None` if it must be run alone, in `pool`. `started` is when its caller began to
    /// wait.
    pub(crate) fn join(&self, pool: &Pool, request: &Arc<R>, started: Instant) -> Option<Result<T>> {
        let may_wait = || self.may_wait(started);
        let goes_alone = || self.goes_alone(pool);
        let generation = self.pool.watch().map_or(0, |watch| watch.generation());
        let lead = |group: &[Arc<R>]| self.do_group(group, started);
        self.groups.join(Arc::clone(request), generation, &may_wait, &goes_alone, lead)
    }

    /// Like [`Lane::join`], but on the threads of `workers`, and calls `done` with the result. No thread waits for
    /// another's batch.
    pub(crate) fn join_later(
        self: &Arc<Self>,
        (workers, settings): (&Arc<Workers>, Settings),
        pool: &Pool,
        request: &Arc<R>,
        done: impl FnOnce(Option<Result<T>>) + Send + 'static,
    ) where
        R: Send + Sync + 'static,
        T: Send + 'static,
    {
        let started = Instant::now();
        let generation = self.pool.watch().map_or(0, |watch| watch.generation());
        let (lane, own, threads) = (Arc::clone(self), Arc::clone(request), Arc::clone(workers));
        let on_turn = Box::new(move |turn| match turn {
            Ok(Turn::Done(outcome)) => done(outcome),
            Ok(Turn::Lead(leadership)) => threads.go_on(move || {
                done(settings.during(|| lane.groups.lead(own, leadership, |group| lane.do_group(group, started))));
            }),
            Err(error) => done(Some(Err(error))),
        });
        let goes_alone = || self.goes_alone(pool);
        if self.groups.join_later(request, generation, &goes_alone, on_turn)
            && !self.is_checked.swap(true, Ordering::AcqRel)
        {
            let lane = Arc::clone(self);
            workers.check(move || {
                lane.is_checked.store(false, Ordering::Release);
                lane.groups.look_again(&|since| lane.may_wait(since)) && !lane.is_checked.swap(true, Ordering::AcqRel)
            });
        }
    }

    /// Whether a request that cannot lead a batch now is faster on a connection of its own.
    fn goes_alone(&self, pool: &Pool) -> bool {
        self.distance.is_far() && pool.has_room()
    }

    /// Fails when the request has waited as long as it may wait for a connection. Returns the generation of the server.
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
        // A single request is cheaper with its own statements than with those of a batch.
        let by_itself = matches!(group, [only] if (self.work.is_simple)(only));
        let begun = Cell::new(false);
        let measures = self.distance.is_due();
        let body = |conn: &mut Connection| {
            begun.set(true);
            if measures {
                let sent = Instant::now();
                conn.await_begin()?;
                self.distance.note(sent.elapsed());
            }
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

/// A failed batch.
struct Failure {
    requests: usize,
    /// Whether its transaction had begun.
    begun: bool,
    by_itself: bool,
}

impl Failure {
    /// Results for the callers; `None` for requests to be run alone, which is safe because the batch was rolled back.
    fn outcomes<T>(&self, error: Error) -> Vec<Option<Result<T>>> {
        let all = |error: &dyn Fn() -> Error| (0..self.requests).map(|_| Some(Err(error()))).collect();
        match error {
            Error::UnknownOutcome => all(&|| Error::UnknownOutcome),
            // Only the leader's time limit has passed; the others may have come later.
            Error::Overloaded(why) if !self.begun => {
                std::iter::once(Some(Err(Error::Overloaded(why)))).chain(self.alone().into_iter().skip(1)).collect()
            }
            Error::Overloaded(why) => all(&|| Error::Overloaded(why)),
            Error::Unavailable(why) if !self.begun => all(&|| Error::Unavailable(why.clone())),
            Error::Contention { .. } | Error::Unavailable(_) => self.alone(),
            error if self.by_itself => vec![Some(Err(error))],
            error => {
                tracing::debug!(%error, requests = self.requests, "a batch of requests failed, so each is executed alone");
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

    /// A batch's statements can fail where those of a single order do not.
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
    fn a_leader_whose_time_is_over_does_not_end_the_time_of_others() {
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
