//! The single writer of a SQLite database: a thread with group commit.
//!
//! It takes the oldest queued transaction and runs it in an IMMEDIATE transaction (see `group`), followed by all others
//! in the queue. It then commits once, with a sync that makes all of them durable, and only then answers. The next
//! group gathers during the sync. A lone caller waits for no others.

mod answers;
mod group;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{JoinHandle, ThreadId};

use self::answers::{Answers, answer};
pub(crate) use self::group::alone;
use self::group::{Group, SavepointGroups, abandon, is_idle};
use super::{Connection, DatabaseUrl};
use crate::error::{Error, Result, Unavailable};
use crate::types::settings::Settings;

/// Maximum length of the queue; further transactions fail as overloaded.
const QUEUE: usize = 4096;
/// Maximum number of transactions in one commit.
const GROUP: usize = 512;

const STOPPED: Error = Error::Overloaded("the writer has stopped");

/// Handle of the writer thread. Dropping it runs and answers all queued transactions, then closes the connection.
pub(crate) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    /// The writer thread and the answering thread, which must not wait for the writer.
    own: [ThreadId; 2],
    counts: Arc<Counts>,
}

/// Counters of the writer.
#[derive(Debug, Default)]
struct Counts {
    /// Transactions added to the queue.
    queued: AtomicU64,
    /// Transactions taken from the queue.
    taken: AtomicU64,
    /// Commits of groups.
    commits: AtomicU64,
}

/// A queued transaction.
pub(super) trait Job: Send {
    /// Runs in the open transaction. Returns false if its changes must be rolled back.
    fn run(&mut self, conn: &mut Connection) -> bool;

    /// Whether the job needs the connection exclusively, outside any transaction.
    fn is_exclusive(&self) -> bool;

    /// The reason for unavailability that made the job fail.
    fn met(&self) -> Option<Unavailable>;

    /// Answers the caller: with the job's own result if the commit succeeded, otherwise with the error of the group.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Call<F, T, D> {
    body: F,
    exclusive: bool,
    outcome: Option<Result<T>>,
    /// Receives the result.
    done: D,
}

impl<T, F, D> Job for Call<F, T, D>
where
    T: Send,
    F: Fn(&mut Connection) -> Result<T> + Send,
    D: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, conn: &mut Connection) -> bool {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.body)(conn)));
        let outcome = outcome.unwrap_or_else(|payload| Err(super::panicked(payload.as_ref())));
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    fn met(&self) -> Option<Unavailable> {
        match &self.outcome {
            Some(Err(Error::Unavailable(why))) => Some(why.clone()),
            _ => None,
        }
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let outcome = match (self.outcome, committed) {
            // A job that failed by itself returns its own error, whatever happened to the group.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(STOPPED),
        };
        (self.done)(outcome);
    }
}

impl Writer {
    pub(crate) fn start(url: DatabaseUrl, conn: Connection, settings: Settings) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let counts = Arc::<Counts>::default();
        let answers = Answers::start()?;
        let answering = answers.id();
        let thread = std::thread::Builder::new()
            .name("ecomdb-writer".to_owned())
            .spawn({
                let counts = Arc::clone(&counts);
                let savepoint_groups = SavepointGroups::default();
                let work = Loop { url, conn, jobs, savepoint_groups, is_refused: false, counts, answers };
                move || settings.during(|| work.run())
            })
            .map_err(|error| Error::Configuration(format!("the writer thread could not be started: {error}")))?;
        let own = [thread.thread().id(), answering];
        Ok(Self { queue: Some(queue), thread: Some(thread), own, counts })
    }

    /// Number of commits.
    pub(crate) fn commits(&self) -> u64 {
        self.counts.commits.load(Ordering::Relaxed)
    }

    /// Number of queued transactions.
    pub(crate) fn waiting(&self) -> u64 {
        let taken = self.counts.taken.load(Ordering::Relaxed);
        self.counts.queued.load(Ordering::Relaxed).saturating_sub(taken)
    }

    /// Runs the body in a transaction, and waits until it is durable.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.wait(body, false)
    }

    /// Runs the body between two groups, outside any transaction.
    pub(crate) fn exclusive<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.wait(body, true)
    }

    /// Runs the body in a transaction, and calls `done` when it is durable, or has failed, on the thread that answers.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        self.queue(body, false, done);
    }

    fn wait<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
        exclusive: bool,
    ) -> Result<T> {
        let (caller, answer) = oneshot::channel();
        // The caller may have stopped waiting.
        self.queue(body, exclusive, |outcome| drop(caller.send(outcome)));
        answer.recv().unwrap_or(Err(STOPPED))
    }

    fn queue<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
        exclusive: bool,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        if self.is_own_thread() {
            return done(Err(Error::NestedWrite));
        }
        let Some(queue) = &self.queue else { return done(Err(STOPPED)) };
        match queue.try_send(Box::new(Call { body, exclusive, outcome: None, done })) {
            Ok(()) => drop(self.counts.queued.fetch_add(1, Ordering::Relaxed)),
            Err(TrySendError::Full(job)) => {
                job.answer(Err(Error::Overloaded("too many transactions wait for the writer")));
            }
            Err(TrySendError::Disconnected(job)) => job.answer(Err(STOPPED)),
        }
    }

    /// Whether this is the thread that runs the transactions.
    pub(crate) fn is_writing_thread(&self) -> bool {
        self.own[0] == std::thread::current().id()
    }

    fn is_own_thread(&self) -> bool {
        self.own.contains(&std::thread::current().id())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        // Captured values, perhaps the last handle of this database, are dropped on the thread that answers.
        if let Some(thread) = self.thread.take().filter(|_| !self.is_own_thread()) {
            // The thread answered everything before it ended. If it panicked, nothing remains to be done.
            let _ = thread.join();
        }
    }
}

/// State of the writer thread.
struct Loop {
    url: DatabaseUrl,
    /// Open as long as the database, because closing the last connection deletes the log.
    conn: Connection,
    jobs: Receiver<Box<dyn Job>>,
    savepoint_groups: SavepointGroups,
    /// Whether the last check found the files moved.
    is_refused: bool,
    counts: Arc<Counts>,
    /// Dropped last, so that all accepted jobs are answered.
    answers: Answers,
}

impl Loop {
    fn run(mut self) {
        let mut next = None;
        while let Some(job) = next.take().or_else(|| self.jobs.recv().ok()) {
            self.counts.taken.fetch_add(1, Ordering::Relaxed);
            next = self.serve(job);
        }
        self.close();
    }

    /// Closes the connection, unless that would delete the log of another database at this path.
    fn close(self) {
        let Self { url, conn, answers, .. } = self;
        if url.may_be_closed() {
            drop(conn);
        } else {
            std::mem::forget(conn);
        }
        drop(answers);
    }

    /// Refuses to write while the database files are moved.
    fn verify(&mut self) -> Result<()> {
        let verified = self.url.verify();
        self.is_refused = verified.is_err();
        if self.is_refused && self.url.log_is_deleted() {
            self.save_log();
        }
        verified
    }

    /// Saves commits from a deleted log, which only this connection can still read.
    fn save_log(&mut self) {
        if let Err(error) = self.conn.save_log() {
            tracing::error!(%error, "what the deleted write-ahead log held could not be saved into the database");
        }
    }

    /// Runs the job and those queued behind it. Returns a job that could not join the group.
    fn serve(&mut self, mut first: Box<dyn Job>) -> Option<Box<dyn Job>> {
        // Otherwise, checking before the commit is sufficient.
        if (self.is_refused || first.is_exclusive())
            && let Err(error) = self.verify()
        {
            answer(first, Err(error));
            return None;
        }
        let Self { url, conn, jobs, savepoint_groups, counts, answers, .. } = self;
        if first.is_exclusive() {
            first.run(conn);
            // An open transaction would absorb the next one, and a broken one would block it.
            if !is_idle(conn) {
                abandon(conn);
            }
            answer(first, Ok(()));
            return None;
        }
        let mut group = match Group::begin(conn, savepoint_groups) {
            Ok(group) => group,
            Err(error) => {
                // Diesel marks a transaction that failed to begin as broken.
                abandon(conn);
                answer(first, Err(error));
                return None;
            }
        };
        let mut left_over = None;
        let mut next = Some(first);
        while let Some(job) = next.take() {
            if !group.run(job) || group.len() == GROUP {
                break;
            }
            match jobs.try_recv() {
                Ok(exclusive) if exclusive.is_exclusive() => left_over = Some(exclusive),
                Ok(waiting) => next = Some(waiting),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
            }
        }
        counts.taken.fetch_add(group.len() as u64 - 1, Ordering::Relaxed);
        if !group.finish(url, &counts.commits, answers) {
            // Otherwise, Diesel would treat the next transaction on this connection as nested.
            abandon(conn);
            // If moved files were the cause, the next job is refused before it does anything.
            let _ = self.verify();
        }
        left_over
    }
}
