//! Whether the database can be used, as the last attempts showed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::sql_types::BigInt;

use super::Database;
use crate::analytics::sales;
use crate::backend::sql;
use crate::error::{Error, Result, Unavailable};

/// What keeps the database from being used, if anything does. A change of it is logged once, not for each caller.
#[derive(Debug, Default)]
pub(super) struct Health {
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
pub(super) struct Began(u64);

impl Health {
    pub(super) fn begin(&self) -> Began {
        Began(self.changes.load(Ordering::Acquire))
    }

    /// Notes how a read went. One that succeeds says nothing about writes. One that tried to write is its caller's mistake.
    pub(super) fn note_read<T>(&self, began: Began, outcome: &Result<T>) {
        if let Err(Error::Unavailable(why)) = outcome
            && !matches!(why, Unavailable::ReadOnly(_))
        {
            self.change(began, Some(why));
        }
    }

    /// Notes how a write went.
    pub(super) fn note_write<T>(&self, began: Began, outcome: &Result<T>) {
        match outcome {
            Ok(_) if self.is_failing() => self.change(began, None),
            Err(Error::Unavailable(why)) => self.change(began, Some(why)),
            _ => {}
        }
    }

    fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    fn was_full(&self) -> bool {
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

impl Database {
    /// Finds out whether the database can be used: it reads, compares the files of a SQLite database with those that were
    /// opened, and, if the last write could not be done, writes again. A health check that succeeds writes nothing.
    ///
    /// On a server it asks over a connection of its own whether the shop can be written, or read if it was opened to be read
    /// only. It waits 2 seconds for the server to accept a connection, and a second for each answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what keeps it from being used; those of [`Database::read`].
    ///
    /// ```
    /// let db = ecomdb::Database::open("sqlite::memory:")?;
    /// db.ready()?;
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn ready(&self) -> Result<()> {
        let inner = &self.inner;
        if let Some(watch) = inner.pool.watch() {
            let began = inner.health.begin();
            let outcome = inner.settings.during(|| watch.ready(inner.health.is_failing()));
            if outcome.is_err() || inner.health.is_failing() {
                inner.health.note_write(began, &outcome);
            }
            return outcome;
        }
        if !inner.url.read_only && (inner.health.is_failing() || inner.url.verify().is_err()) {
            if inner.health.was_full() {
                // A small write would find room where an order does not.
                inner.url.find_room()?;
            }
            self.transact(sales::lock)?;
        }
        self.read(|conn| Ok(sql("SELECT id FROM sales_folds").rows::<BigInt, i64>(conn)?))?;
        Ok(())
    }

    /// Whether a write may succeed, as far as is known without one: for writes that can be left out.
    pub(crate) fn takes_writes(&self) -> bool {
        !self.is_read_only() && !self.inner.health.is_failing()
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

    #[cfg(feature = "sqlite")]
    #[test]
    fn who_writes_where_one_may_only_read_says_nothing_about_the_database() {
        let db = Database::open("sqlite::memory:").unwrap();
        let refused = db.read(|conn| conn.users().create(crate::NewUser::new("ada@example.com", "Ada", "Lovelace")?));
        assert!(matches!(refused, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{refused:?}");
        assert!(!db.inner.health.is_failing());
    }
}
