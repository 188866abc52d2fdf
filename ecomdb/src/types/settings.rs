//! The settings of a database that operations inside its transactions need: the clock, and how long idempotency keys are
//! kept.
//!
//! A transaction runs on one thread from its begin to its end, and an operation inside it has only the connection. So the
//! thread holds the settings for that time: [`Settings::during`] sets them, and [`now`](super::time::now) reads them.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

/// The settings of one database.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The time; the system's if it is `None`.
    pub(crate) clock: Option<Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>>,
    /// How long an idempotency key is kept.
    pub(crate) idempotency_retention: TimeDelta,
}

impl Settings {
    /// Those of a database that was opened without any.
    const DEFAULT: Self = Self { clock: None, idempotency_retention: TimeDelta::days(30) };

    /// The time that the clock shows, cut to the microsecond, so that what was written equals what is read.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = self.clock.as_ref().map_or_else(Utc::now, |clock| clock());
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Runs the body with these settings on this thread. The former ones are back when it returns or panics.
    pub(crate) fn during<T>(&self, body: impl FnOnce() -> T) -> T {
        let former = CURRENT.replace(self.clone());
        let _guard = Former(Some(former));
        body()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = if self.clock.is_some() { "given" } else { "system" };
        f.debug_struct("Settings")
            .field("clock", &clock)
            .field("idempotency_retention", &self.idempotency_retention)
            .finish()
    }
}

/// The settings of the transaction that runs on this thread.
pub(crate) fn current() -> Settings {
    CURRENT.with_borrow(Clone::clone)
}

thread_local! {
    static CURRENT: RefCell<Settings> = const { RefCell::new(Settings::DEFAULT) };
}

/// Puts the former settings back.
struct Former(Option<Settings>);

impl Drop for Former {
    fn drop(&mut self) {
        if let Some(former) = self.0.take() {
            CURRENT.set(former);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::super::time::now;
    use super::*;

    fn at(seconds: i64) -> Settings {
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        Settings { clock: Some(Arc::new(move || time)), ..Settings::DEFAULT }
    }

    #[test]
    fn a_transaction_inside_another_one_has_its_own_clock_and_the_outer_one_goes_on_with_its_own() {
        let seconds = || now().timestamp();
        at(1_000).during(|| {
            at(2_000).during(|| assert_eq!(seconds(), 2_000));
            assert_eq!(seconds(), 1_000);
            let panicked = catch_unwind(AssertUnwindSafe(|| at(3_000).during(|| panic!("as asked"))));
            assert!(panicked.is_err());
            assert_eq!(seconds(), 1_000);
        });
        assert!(seconds() > 1_000_000_000, "the system's time");
    }

    #[test]
    fn a_time_is_cut_to_the_microsecond() {
        let clock = Arc::new(|| DateTime::from_timestamp_nanos(1_999));
        let settings = Settings { clock: Some(clock), ..Settings::DEFAULT };
        assert_eq!(settings.now(), DateTime::from_timestamp_nanos(1_000));
    }
}
