//! Readiness of the database. Concurrent requests share one probe, so that anyone may ask at any rate.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use tracing::Span;

/// The shortest interval between the starts of two probes; earlier requests wait.
const PAUSE: Duration = Duration::from_millis(100);

/// The result of a probe; the outer error is a panic.
pub(crate) type Ended = Arc<Result<ecomdb::Result<()>, JoinError>>;

#[derive(Debug, Default)]
pub(crate) struct Readiness {
    latest: Mutex<Option<Probe>>,
}

#[derive(Debug)]
struct Probe {
    begins: Instant,
    /// `None` until the probe has ended.
    ended: watch::Receiver<Option<Ended>>,
}

impl Readiness {
    /// The running probe, or a new one. It continues when its first caller disconnects.
    pub(crate) fn probe(
        &self,
        ready: impl FnOnce() -> ecomdb::Result<()> + Send + 'static,
    ) -> watch::Receiver<Option<Ended>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(probe) = latest.as_ref().filter(|probe| probe.is_running()) {
            return probe.ended.clone();
        }
        let now = Instant::now();
        let begins = latest.as_ref().map_or(now, |probe| now.max(probe.begins + PAUSE));
        let (sender, ended) = watch::channel(None);
        let span = Span::current();
        tokio::spawn(async move {
            sleep_until(begins).await;
            let outcome = spawn_blocking(move || span.in_scope(ready)).await;
            sender.send_replace(Some(Arc::new(outcome)));
        });
        *latest = Some(Probe { begins, ended: ended.clone() });
        ended
    }
}

impl Probe {
    fn is_running(&self) -> bool {
        // When the runtime stops, the channel closes without a result.
        self.ended.borrow().is_none() && self.ended.has_changed().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn all_who_ask_while_a_probe_runs_share_its_answer_and_the_next_one_has_a_probe_of_its_own() {
        let (readiness, begun) = (Readiness::default(), Arc::new(AtomicUsize::new(0)));
        for round in 1..=2 {
            let (release, held) = mpsc::channel::<()>();
            let held = Arc::new(Mutex::new(held));
            let askers: Vec<_> = (0..100)
                .map(|_| {
                    let (begun, held) = (Arc::clone(&begun), Arc::clone(&held));
                    readiness.probe(move || {
                        begun.fetch_add(1, Ordering::SeqCst);
                        held.lock().unwrap().recv().unwrap();
                        Ok(())
                    })
                })
                .collect();
            assert!(askers.iter().all(|asker| asker.borrow().is_none()));
            release.send(()).unwrap();
            for mut asker in askers {
                let ended = asker.wait_for(Option::is_some).await.unwrap().clone().unwrap();
                assert!(matches!(*ended, Ok(Ok(()))));
            }
            assert_eq!(begun.load(Ordering::SeqCst), round);
        }
    }

    #[tokio::test]
    async fn a_probe_that_panics_is_answered_and_does_not_stop_the_next() {
        let readiness = Readiness::default();
        let mut asker = readiness.probe(|| panic!("on purpose"));
        assert!(asker.wait_for(Option::is_some).await.unwrap().as_deref().unwrap().is_err());
        let mut asker = readiness.probe(|| Ok(()));
        assert!(asker.wait_for(Option::is_some).await.unwrap().as_deref().unwrap().is_ok());
    }
}
