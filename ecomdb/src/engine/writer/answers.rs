//! Answering the callers of a group.
//!
//! Waking a thread takes some microseconds; for sixty callers, that is as long as their group's sync. A separate thread
//! does it while the writer runs the next group.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread::{JoinHandle, ThreadId};

use super::Job;
use super::group::Failure;
use crate::error::{Error, Result};

/// Smaller groups are answered by the writer itself, because waking another thread would only delay them.
const WORTH_A_THREAD: usize = 4;

/// A group that has been committed or has failed.
pub(super) struct Finished {
    pub(super) jobs: Vec<Box<dyn Job>>,
    /// Reason why it could not be committed.
    pub(super) failure: Option<Failure>,
}

impl Finished {
    fn answer(self) {
        for job in self.jobs {
            let outcome = self.failure.as_ref().map_or(Ok(()), |failure| Err(failure.error()));
            answer(job, outcome);
        }
    }
}

/// Answers one caller. Its waker, or dropping what its closure captured, may panic, which must not affect the others.
pub(super) fn answer(job: Box<dyn Job>, committed: Result<()>) {
    let _ = catch_unwind(AssertUnwindSafe(|| job.answer(committed)));
}

/// Handle of the answering thread. Dropping it answers all groups first.
pub(super) struct Answers {
    groups: Option<Sender<Finished>>,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
}

impl Answers {
    pub(super) fn start() -> Result<Self> {
        let (groups, finished): (_, Receiver<Finished>) = channel();
        let thread = std::thread::Builder::new()
            .name("ecomdb-answers".to_owned())
            .spawn(move || finished.into_iter().for_each(Finished::answer))
            .map_err(|error| Error::Configuration(format!("the answering thread could not be started: {error}")))?;
        let id = thread.thread().id();
        Ok(Self { groups: Some(groups), thread: Some(thread), id })
    }

    /// Id of the thread.
    pub(super) fn id(&self) -> ThreadId {
        self.id
    }

    /// Answers the group, now or on the thread.
    pub(super) fn give(&self, group: Finished) {
        match &self.groups {
            Some(groups) if group.jobs.len() >= WORTH_A_THREAD => {
                if let Err(SendError(group)) = groups.send(group) {
                    group.answer();
                }
            }
            _ => group.answer(),
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take().filter(|_| std::thread::current().id() != self.id) {
            // If the thread panicked, nothing remains to be done.
            let _ = thread.join();
        }
    }
}
