//! Whether the database can be used, as the last attempts showed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, Unavailable};

/// What keeps the database from being used, if anything does. A change of it is logged once, not for each caller.
#[derive(Debug, Default)]
pub(crate) struct Health {
    is_failing: AtomicBool,
    /// How often it has changed.
    changes: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    reason: Option<&'static str>,
    /// What the log said last.
    logged: Option<&'static str>,
    /// For each reason, when its present minute began, and how often the log has given it since.
    given: HashMap<&'static str, (Instant, u32)>,
}

/// When an attempt began: it says nothing about what has changed since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Health {
    pub(crate) fn begin(&self) -> Began {
        Began(self.changes.load(Ordering::Acquire))
    }

    /// Notes how a read went. One that succeeds says nothing about writes. One that tried to write is its caller's mistake.
    pub(crate) fn note_read<T>(&self, began: Began, outcome: &Result<T>) {
        if let Err(Error::Unavailable(why)) = outcome
            && !matches!(why, Unavailable::ReadOnly(_))
        {
            self.change(began, Some(why));
        }
    }

    /// Notes how a write went.
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
    /// Where reads fail and writes succeed, the state changes all the time. So the log gives each reason ten times a minute
    /// at the most, and says that it is over only if it gave it.
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
