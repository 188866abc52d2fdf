//! How long an order holds its units.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Invalid, in_range};

/// Minutes for which an unpaid order holds its units: 1 to 43,200, which is 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldMinutes(i64);

impl HoldMinutes {
    /// Maximum number of minutes.
    pub const MAX: i64 = 43_200;

    /// A number of minutes.
    ///
    /// # Errors
    /// [`Invalid`] with the given field name outside 1 to [`HoldMinutes::MAX`].
    ///
    /// ```
    /// # use ecomdb::HoldMinutes;
    /// assert_eq!(HoldMinutes::new("minutes", 15)?.get(), 15);
    /// assert!(HoldMinutes::new("minutes", 0).is_err());
    /// # Ok::<(), ecomdb::Invalid>(())
    /// ```
    pub fn new(field: &str, minutes: i64) -> Result<Self, Invalid> {
        in_range(field, minutes, 1..=Self::MAX).map(Self)
    }

    /// The end of a hold that begins at `start`.
    pub(crate) fn after(self, start: DateTime<Utc>) -> DateTime<Utc> {
        start + TimeDelta::minutes(self.0)
    }

    /// The number of minutes.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}
