//! Checks of the shop that are started on a page. One at a time runs in the background, because checking a large shop
//! takes minutes.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{io, thread};

use chrono::{DateTime, Utc};
use ecomdb::{CheckResult, Database, Error};
use tokio::sync::watch;
use tokio::time::timeout;

/// Time limit of a check: no further rule is checked after it.
const LONGEST: Duration = Duration::from_secs(30 * 60);

const FAILED: &str = "The check has failed; the log of the server says why";

/// The running check, or else the last one.
#[derive(Debug, Default)]
pub(crate) struct Checks(Arc<watch::Sender<Option<Check>>>);

/// A check of the shop.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) begun_at: DateTime<Utc>,
    /// Results of the rules so far.
    pub(crate) results: Vec<CheckResult>,
    /// `None` while it runs.
    pub(crate) end: Option<End>,
}

/// The end of a check.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) took: Duration,
    /// Why some rules could not be checked.
    pub(crate) failure: Option<String>,
}

impl Check {
    fn new() -> Self {
        Self { begun_at: Utc::now(), results: Vec::new(), end: None }
    }

    pub(crate) const fn goes_on(&self) -> bool {
        self.end.is_none()
    }
}

impl Checks {
    pub(crate) fn latest(&self) -> Option<Check> {
        self.0.borrow().clone()
    }

    /// Starts a check, unless one is running.
    ///
    /// # Errors
    /// The system cannot start another thread.
    pub(crate) fn begin(&self, database: Database) -> io::Result<()> {
        let is_new = self.0.send_if_modified(|check| {
            let is_free = !check.as_ref().is_some_and(Check::goes_on);
            if is_free {
                *check = Some(Check::new());
            }
            is_free
        });
        if !is_new {
            return Ok(());
        }
        let mut run = Run { checks: Arc::downgrade(&self.0), begun: Instant::now(), failure: Some(FAILED.to_owned()) };
        thread::Builder::new().name("check".to_owned()).spawn(move || run.prove(&database)).map(drop)
    }

    /// Waits until no check is running, or the time is over.
    pub(crate) async fn ended(&self, within: Duration) {
        let mut checks = self.0.subscribe();
        // Either way, the page shows the results so far.
        let _ = timeout(within, checks.wait_for(|check| !check.as_ref().is_some_and(Check::goes_on))).await;
    }
}

/// A check on its thread. Dropping this records the end of the check, also after a panic.
struct Run {
    checks: Weak<watch::Sender<Option<Check>>>,
    begun: Instant,
    /// `None` once all rules are checked.
    failure: Option<String>,
}

impl Run {
    fn prove(&mut self, database: &Database) {
        let proved = database.check_with(|result| {
            if self.begun.elapsed() > LONGEST || !self.change(|check| check.results.push(result.clone())) {
                return Err(Error::RolledBack);
            }
            Ok(())
        });
        self.failure = match proved {
            Ok(_) => None,
            Err(Error::RolledBack) => Some(format!("The check took more than {} minutes", LONGEST.as_secs() / 60)),
            Err(error) => {
                tracing::error!(%error, "the check of the shop has failed");
                Some(FAILED.to_owned())
            }
        };
    }

    /// Changes the state of the check; `false` if the server has stopped.
    fn change(&self, change: impl FnOnce(&mut Check)) -> bool {
        self.checks.upgrade().is_some_and(|checks| {
            checks.send_if_modified(|check| {
                let check = check.as_mut();
                let is_known = check.is_some();
                check.map(change);
                is_known
            })
        })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let end = End { took: self.begun.elapsed(), failure: self.failure.take() };
        self.change(|check| check.end = Some(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_check_ends_with_all_rules_and_the_next_one_begins_anew() {
        let database = Database::open("sqlite::memory:").unwrap();
        let rules = database.check().unwrap().checks.len();
        let checks = Checks::default();
        assert!(checks.latest().is_none());
        for _ in 0..2 {
            checks.begin(database.clone()).unwrap();
            checks.begin(database.clone()).unwrap();
            checks.ended(Duration::from_secs(60)).await;
            let check = checks.latest().unwrap();
            assert_eq!((check.results.len(), check.end.unwrap().failure), (rules, None));
        }
    }

    #[tokio::test]
    async fn a_check_that_fails_says_so() {
        let database = Database::open("sqlite::memory:").unwrap();
        let checks = Checks::default();
        checks.0.send_replace(Some(Check::new()));
        let run = Run { checks: Arc::downgrade(&checks.0), begun: Instant::now(), failure: Some("why".to_owned()) };
        // Meanwhile no other check starts.
        checks.begin(database).unwrap();
        assert!(checks.latest().unwrap().goes_on());
        drop(run);
        assert_eq!(checks.latest().unwrap().end.unwrap().failure.as_deref(), Some("why"));
    }
}
