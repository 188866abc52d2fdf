//! Sales reports. [`metrics`] defines their numbers.
//!
//! A report first folds queued sales events into the rollups (see [`sales`]), and then reads the rollups. It thus
//! includes all orders committed before it began. Its cost grows with the size of the answer, the catalog or the number
//! of customers, not with the number of orders. There are two exceptions: the funnel counts orders that are not
//! completed, and rankings and pairs for a period grow with that period. If a period covers a part of a bucket, that
//! part is read from the orders.

pub(crate) mod affinity;
pub(crate) mod calendar;
pub(crate) mod cohorts;
pub(crate) mod customers;
pub(crate) mod funnel;
pub mod metrics;
pub(crate) mod products;
pub(crate) mod report;
pub(crate) mod revenue;
pub(crate) mod rfm;
mod rows;
pub(crate) mod sales;
pub(crate) mod stock;
mod sums;
pub(crate) mod trend;

pub use self::affinity::BoughtTogether;
pub use self::cohorts::{CohortMonth, NewAndReturning};
pub use self::customers::TopCustomer;
pub use self::funnel::{FunnelStage, FunnelStep, UnpaidOrder};
pub use self::products::{CategoryRevenue, ProductRevenue, TopProduct};
pub use self::report::{Question, Report};
pub use self::revenue::{AverageOrderValue, MonthlyRevenue, TotalRevenue};
pub use self::rfm::{RfmCustomer, RfmSegment, RfmSegmentSummary};
pub use self::rows::{Column, ColumnKind, ReportRows, Value};
pub use self::stock::{LowInventory, SellThrough};
pub use self::trend::{Granularity, Trend, TrendStep};
