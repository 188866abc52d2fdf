//! Health of the database, as shown by the last operations.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, Unavailable};

/// Current reason for unavailability, if any. A change is logged once, not for each caller.
#[derive(Debug, Default)]
pub(crate) struct Health {
    is_failing: AtomicBool,
    /// Number of changes of the state.
    changes: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reason: Option<&'static str>,
    /// Last logged state.
    logged: Option<&'static str>,
    /// Start of the current minute, and number of log entries in it, by reason.
    given: HashMap<&'static str, (Instant, u32)>,
}

/// State number when an operation began; its outcome is ignored if the state has changed since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Health {
    pub(crate) fn begin(&self) -> Began {
        Began(self.changes.load(Ordering::Acquire))
    }

    /// Records the outcome of a read. Success does not prove that writes work. An attempt to write is the caller's
    /// mistake.
    pub(crate) fn note_read<T>(&self, began: Began, outcome: &Result<T>) {
        if let Err(Error::Unavailable(why)) = outcome
            && !matches!(why, Unavailable::ReadOnly(_))
        {
            self.change(began, Some(why));
        }
    }

    /// Records the outcome of a write.
    pub(crate) fn note_write<T>(&self, began: Began, outcome: &Result<T>) {
        match outcome {
            Ok(_) if self.is_failing() => self.change(began, None),
            Err(Error::Unavailable(why)) => self.change(began, Some(why)),
            _ => {}
        }
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    pub(crate) fn was_full(&self) -> bool {
        let full = Unavailable::DiskFull(String::new()).reason();
        self.state.lock().unwrap_or_else(PoisonError::into_inner).reason == Some(full)
    }

    fn change(&self, Began(changes): Began, why: Option<&Unavailable>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.changes.load(Ordering::Acquire) != changes {
            return;
        }
        let reason = why.map(Unavailable::reason);
        if state.is_to_log(reason, Instant::now()) {
            match why {
                Some(why) => tracing::error!(reason, "the database is unavailable: {why}"),
                None => tracing::info!("the database is available again"),
            }
        }
        if state.reason != reason {
            state.reason = reason;
            self.is_failing.store(why.is_some(), Ordering::Relaxed);
            self.changes.fetch_add(1, Ordering::Release);
        }
    }
}

impl State {
    /// Limits the log, because the state flips constantly while reads fail and writes succeed. Each reason is logged at
    /// most ten times a minute, and its end only if the reason was logged.
    fn is_to_log(&mut self, reason: Option<&'static str>, now: Instant) -> bool {
        const MINUTE: Duration = Duration::from_secs(60);
        const MOST: u32 = 10;
        if self.logged == reason {
            return false;
        }
        if let Some(reason) = reason {
            let (began, times) = self.given.entry(reason).or_insert((now, 0));
            if now.duration_since(*began) >= MINUTE {
                (*began, *times) = (now, 0);
            }
            if *times == MOST {
                return false;
            }
            *times += 1;
        }
        self.logged = reason;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_changes_all_the_time_is_logged_ten_times_a_minute() {
        let (mut state, start) = (State::default(), Instant::now());
        let mut lines = 0;
        for second in 0..120 {
            let now = start + Duration::from_secs(second);
            lines += u32::from(state.is_to_log(Some("damaged"), now)) + u32::from(state.is_to_log(None, now));
        }
        assert_eq!(lines, 40, "that it is damaged, and that this is over, ten times in each of two minutes");
        assert!(
            state.is_to_log(Some("disk_full"), start + Duration::from_secs(120)),
            "another reason has its own minute"
        );
        assert!(state.is_to_log(Some("damaged"), start + Duration::from_secs(120)));
    }
}
