//! Settings that operations inside a transaction need: the clock, and the retention of idempotency keys.
//!
//! Such an operation receives only a connection, and a transaction runs on one thread. So the settings are
//! thread-local: [`Settings::during`] sets them, [`now`](super::time::now) reads them.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

/// Settings of one database.
#[derive(Clone)]
pub(crate) struct Settings {
    /// Source of the current time; the system clock if `None`.
    pub(crate) clock: Option<Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>>,
    /// Retention of idempotency keys.
    pub(crate) idempotency_retention: TimeDelta,
}

impl Settings {
    /// Settings of a database without configuration.
    const DEFAULT: Self = Self { clock: None, idempotency_retention: TimeDelta::days(30) };

    /// Current time truncated to microseconds, so that a stored time equals the original.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = self.clock.as_ref().map_or_else(Utc::now, |clock| clock());
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Runs `body` with these settings on this thread. Restores the previous settings on return and on panic.
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

/// Settings of the transaction on this thread.
pub(crate) fn current() -> Settings {
    CURRENT.with_borrow(Clone::clone)
}

thread_local! {
    static CURRENT: RefCell<Settings> = const { RefCell::new(Settings::DEFAULT) };
}

/// Restores the previous settings when dropped.
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
