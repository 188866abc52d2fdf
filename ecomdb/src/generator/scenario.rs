//! Parameters of a generated shop.

use chrono::{DateTime, TimeDelta, Utc};

use super::setting::Setting;
use crate::types::text_enum::text_enum;

text_enum! {
    /// A scenario to start from.
    Preset (default Demo) {
        /// 3,000 users, 400 products, 12,000 orders over two years: for exploring.
        Demo = "demo",
        /// 200 users, 100 products, 1,000 orders over two years: for tests.
        Small = "small",
        /// 200,000 users, 10,000 products, 1,000,000 orders over three years: for benchmarks.
        Large = "large",
    }
}

impl Preset {
    /// The scenario, which ends at `to`.
    #[must_use]
    pub fn scenario(self, to: DateTime<Utc>) -> Scenario {
        match self {
            Self::Demo => Scenario::demo(to),
            Self::Small => Scenario::small(to),
            Self::Large => Scenario::large(to),
        }
    }
}

/// Parameters of a generated shop. Counts and durations are integers; shares and strengths are floats between 0 and 1.
///
/// Start from [`Scenario::new`] or a [`Preset`] and change fields. [`Setting::ALL`] has their ranges;
/// [`Dataset::new`](super::Dataset::new) checks every value and names the field it refuses.
///
/// Orders are placed in the half-open interval from `from` to `to`. Catalog, initial stock and first accounts are dated
/// to the weeks before `from`. Nothing is dated at or after `to`; later payments and refunds are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Number of accounts.
    pub users: u64,
    /// Number of products.
    pub products: u64,
    /// Number of orders.
    pub orders: u64,
    /// Seed of all random numbers. Equal scenarios give equal rows.
    pub seed: u64,
    /// Start of trading.
    pub from: DateTime<Utc>,
    /// End of trading (exclusive), usually now.
    pub to: DateTime<Utc>,
    /// Yearly growth of the number of orders: 0.3 is 30 % more each year.
    pub growth: f64,
    /// Strength of the weekly season: at 0 all weekdays are equal, at 1 Monday has twice the orders of Saturday.
    pub weekly_season: f64,
    /// Strength of the yearly season: at 0 all months are equal, at 1 December has 2.7 times the orders of February.
    pub yearly_season: f64,
    /// Relative number of orders in each hour of the day (UTC), not all 0.
    pub hours: [f64; 24],
    /// Share of orders that are never paid in full and stay pending.
    pub unpaid: f64,
    /// Share of paid orders whose first payment attempt fails.
    pub failed_first: f64,
    /// Share of orders that are cancelled because somebody asked for it.
    pub cancelled: f64,
    /// Share of orders whose hold ends before anything is paid, which cancels them.
    pub expired: f64,
    /// Share of cancelled and expired orders whose payment arrives afterwards.
    pub late_payments: f64,
    /// Share of orders that are refunded in full.
    pub refunded: f64,
    /// Share of orders that are refunded in part.
    pub partially_refunded: f64,
    /// Share of orders with a voucher.
    pub vouchers: f64,
    /// Share of orders with another discount.
    pub discounts: f64,
    /// Share of orders that pay for shipping.
    pub shipping: f64,
    /// Share of orders with a tax on top of the prices.
    pub taxed: f64,
    /// Share of orders with a shipping address.
    pub addressed: f64,
    /// Share of the orders with a shipping address that have another billing address.
    pub billed_elsewhere: f64,
    /// Share of the orders with a shipping address that go to another country than the shop's.
    pub abroad: f64,
    /// Mean number of different products in an order.
    pub basket_lines: f64,
    /// Share of the further lines of a basket that complement the first line.
    pub affinity: f64,
    /// Zipf exponent of product popularity: rank r is chosen with weight 1 / r^exponent.
    pub zipf_exponent: f64,
    /// Largest share of users who place any order.
    pub buyer_share: f64,
    /// Smallest share of orders from customers who have ordered before. The actual share is higher if there are few
    /// users for the number of orders.
    pub repeat_share: f64,
    /// Inequality of returning customers: at 0 all are equal, at 1 the busiest 2 % place a fifth of the repeat orders.
    pub loyalty: f64,
    /// Share of repeat orders that favour recently won customers.
    pub recency: f64,
    /// Mean number of price changes per product and year. Limited to 400 per product and 8,000,000 in total.
    pub price_changes: f64,
    /// Share of products that are launched during the period.
    pub launches: f64,
    /// Share of products that are variants of a group.
    pub grouped: f64,
    /// Share of products with images.
    pub pictured: f64,
    /// Share of products with an id in the source `erp`.
    pub external_ids: f64,
    /// Days of sales that a delivery covers.
    pub stock_cover_days: u32,
    /// Days from reorder to delivery.
    pub restock_lead_days: u32,
    /// Share of products that sell out near the end of the period.
    pub out_of_stock: f64,
}

const HOURS: [f64; 24] = [
    1.2, 0.7, 0.4, 0.3, 0.3, 0.5, 1.0, 2.0, 3.2, 4.2, 5.0, 5.4, 5.6, 5.2, 5.0, 5.0, 5.2, 5.6, 6.0, 6.6, 7.2, 7.0, 5.4,
    3.0,
];

impl Scenario {
    /// A small shop for tests: 200 users, 100 products, 1,000 orders over two years.
    #[must_use]
    pub fn small(to: DateTime<Utc>) -> Self {
        Self { users: 200, products: 100, orders: 1_000, ..Self::new(to) }
    }

    /// A shop for demonstrations: 3,000 users, 400 products, 12,000 orders over two years.
    #[must_use]
    pub fn demo(to: DateTime<Utc>) -> Self {
        Self { users: 3_000, products: 400, orders: 12_000, ..Self::new(to) }
    }

    /// A shop for benchmarks: 200,000 users, 10,000 products, 1,000,000 orders over three years. Fewer orders have addresses
    /// than in the other scenarios, because each takes about 100 bytes.
    #[must_use]
    pub fn large(to: DateTime<Utc>) -> Self {
        let from = days_before(to, 3 * 365);
        Self { users: 200_000, products: 10_000, orders: 1_000_000, from, addressed: 0.05, ..Self::new(to) }
    }

    /// Default parameters for the two years before `to`: 1,000 users, 200 products, 5,000 orders.
    #[must_use]
    pub fn new(to: DateTime<Utc>) -> Self {
        Self {
            users: 1_000,
            products: 200,
            orders: 5_000,
            seed: 1,
            from: days_before(to, 2 * 365),
            to,
            growth: 0.3,
            weekly_season: 0.5,
            yearly_season: 0.5,
            hours: HOURS,
            unpaid: 0.03,
            failed_first: 0.06,
            cancelled: 0.04,
            expired: 0.02,
            late_payments: 0.06,
            refunded: 0.03,
            partially_refunded: 0.03,
            vouchers: 0.08,
            discounts: 0.03,
            shipping: 0.4,
            taxed: 0.1,
            addressed: 0.25,
            billed_elsewhere: 0.1,
            abroad: 0.3,
            basket_lines: 2.2,
            affinity: 0.4,
            zipf_exponent: 0.9,
            buyer_share: 0.85,
            repeat_share: 0.35,
            loyalty: 1.0,
            recency: 0.5,
            price_changes: 2.0,
            launches: 0.2,
            grouped: 0.3,
            pictured: 0.9,
            external_ids: 0.8,
            stock_cover_days: 30,
            restock_lead_days: 5,
            out_of_stock: 0.03,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`ScenarioError`] with the first invalid field, its value, and the allowed range.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        self.validate_sizes()?;
        self.validate_period()?;
        for setting in Setting::ALL {
            setting.check(self)?;
        }
        let fates = self.unpaid + self.cancelled + self.expired + self.refunded + self.partially_refunded;
        if fates > 1.0 + 1e-9 {
            let names = "unpaid + cancelled + expired + refunded + partially_refunded";
            return Err(ScenarioError::new(names, fates, "at most 1"));
        }
        Ok(())
    }

    fn validate_sizes(&self) -> Result<(), ScenarioError> {
        for (field, value) in [("users", self.users), ("products", self.products)] {
            if self.orders > 0 && value == 0 {
                let allowed = "at least 1 when there are orders";
                return Err(ScenarioError::new(field, value, allowed));
            }
        }
        Ok(())
    }

    fn validate_period(&self) -> Result<(), ScenarioError> {
        if self.from.timestamp() < EARLIEST {
            return Err(ScenarioError::new("from", self.from, "1980-01-01 or later"));
        }
        if self.to.timestamp() > LATEST {
            return Err(ScenarioError::new("to", self.to, "2200-01-01 or earlier"));
        }
        let period = self.to - self.from;
        if period < TimeDelta::hours(1) || period > TimeDelta::days(50 * 366) {
            let allowed = format!("1 hour to 50 years after from ({})", self.from);
            return Err(ScenarioError::new("to", self.to, allowed));
        }
        if self.hours.iter().sum::<f64>() <= 0.0 {
            return Err(ScenarioError::new("hours", 0, "a sum above 0"));
        }
        Ok(())
    }
}

/// 1980-01-01 and 2200-01-01 in seconds since 1970.
const EARLIEST: i64 = 315_532_800;
const LATEST: i64 = 7_258_118_400;

fn days_before(to: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    // Saturates at chrono's first dates instead of failing; `validate` refuses those.
    to.checked_sub_signed(TimeDelta::days(days)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// An invalid value of a [`Scenario`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("scenario: {field} is {value}; allowed: {allowed}")]
pub struct ScenarioError {
    field: &'static str,
    value: String,
    allowed: String,
}

impl ScenarioError {
    pub(crate) fn new(field: &'static str, value: impl std::fmt::Display, allowed: impl Into<String>) -> Self {
        Self { field, value: value.to_string(), allowed: allowed.into() }
    }

    /// Name of the field in [`Scenario`].
    #[must_use]
    pub fn field(&self) -> &str {
        self.field
    }

    /// The refused value as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The allowed range.
    #[must_use]
    pub fn allowed(&self) -> &str {
        &self.allowed
    }
}

impl From<ScenarioError> for crate::error::Error {
    fn from(error: ScenarioError) -> Self {
        Self::invalid(error.field(), format!("is {}, must be {}", error.value(), error.allowed()))
    }
}
