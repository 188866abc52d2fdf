//! Notifications of changes, for pages that refresh themselves. They say only that something changed.
//!
//! While there are listeners, one task of the process polls the database for changes, including those by other
//! processes, and notifies all listeners.

mod listeners;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ecomdb::{Changes, Database};
use rand::RngExt as _;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use self::listeners::{Listeners, Place};
use crate::problem::Problem;

/// Polling interval. A page is notified at most that often.
const INTERVAL: Duration = Duration::from_secs(1);

/// Notifies listeners that the shop was changed.
#[derive(Debug)]
pub(crate) struct Live {
    /// Distinguishes the change numbers of this process from those of others.
    process: u32,
    /// Number of the latest change.
    latest: watch::Sender<u64>,
    listeners: Arc<Listeners>,
    /// Whether the task is running. Changed only while the listeners are locked.
    is_watched: AtomicBool,
    /// Whether the task has polled once. From then on no change is missed.
    has_looked: watch::Sender<bool>,
    was_watched: AtomicBool,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            process: rand::rng().random(),
            latest: watch::Sender::new(0),
            listeners: Arc::default(),
            is_watched: AtomicBool::new(false),
            has_looked: watch::Sender::new(false),
            was_watched: AtomicBool::new(false),
        }
    }

    /// A listener for changes of the database, at this address.
    ///
    /// # Errors
    /// 429 if there are too many listeners at the address, or in total.
    pub(crate) fn listen(self: &Arc<Self>, database: &Database, address: Option<IpAddr>) -> Result<Listener, Problem> {
        let place = self.listeners.add(address, || self.begin(database))?;
        let (changes, has_looked) = (self.latest.subscribe(), self.has_looked.subscribe());
        Ok(Listener { live: Arc::clone(self), changes, has_looked, _place: place })
    }

    /// Starts the task unless it is running. Changes were missed while there were no listeners.
    fn begin(self: &Arc<Self>, database: &Database) {
        if self.is_watched.swap(true, Ordering::SeqCst) {
            return;
        }
        if self.was_watched.swap(true, Ordering::SeqCst) {
            self.latest.send_modify(|latest| *latest += 1);
        }
        self.has_looked.send_replace(false);
        tokio::spawn(watch(Arc::clone(self), database.changes()));
    }

    /// Stops the task if there are no listeners.
    fn end_unheard(&self) -> bool {
        self.listeners.if_none(|| self.is_watched.store(false, Ordering::SeqCst))
    }
}

/// Polls for changes until there are no listeners.
async fn watch(live: Arc<Live>, mut changes: Changes) {
    loop {
        let looked = spawn_blocking(move || {
            let outcome = changes.look();
            (changes, outcome)
        });
        let outcome = match looked.await {
            Ok((same, outcome)) => {
                changes = same;
                outcome
            }
            Err(_) => {
                // The runtime stops, or the poll panicked. The next listener starts another task.
                live.has_looked.send_replace(true);
                return live.is_watched.store(false, Ordering::SeqCst);
            }
        };
        live.has_looked.send_replace(true);
        match outcome {
            Ok(true) => live.latest.send_modify(|latest| *latest += 1),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "looking for changes of the shop failed"),
        }
        tokio::time::sleep(INTERVAL).await;
        if live.end_unheard() {
            return;
        }
    }
}

/// Receives notifications. Dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Listener {
    live: Arc<Live>,
    changes: watch::Receiver<u64>,
    has_looked: watch::Receiver<bool>,
    _place: Place,
}

impl Listener {
    /// Waits until no further change is missed.
    pub(crate) async fn begun(&mut self) {
        // The sender lives as long as `self`.
        let _ = self.has_looked.wait_for(|has_looked| *has_looked).await;
    }

    /// Waits for a change.
    pub(crate) async fn changed(&mut self) {
        // The sender lives as long as `self`.
        let _ = self.changes.changed().await;
    }

    /// Id of the latest change that was received.
    pub(crate) fn latest(&self) -> String {
        format!("{:08x}-{}", self.live.process, *self.changes.borrow())
    }
}
