//! Sales reports. [`metrics`] defines their numbers.
//!
//! A report first folds queued sales events into the rollups (see [`sales`]), and then reads the rollups. It thus
//! includes all orders committed before it began. Its cost grows with the size of the answer, the catalog or the number
//! of customers, not with the number of orders, except that rankings and pairs for a period grow with that period,
//! and what sales are composed of grows with the orders that have adjustments. If a
//! period covers a part of a bucket, that part is read from the orders.

// Macros for the modules below.
mod reports;

pub(crate) mod affinity;
mod answer;
mod by_id;
pub(crate) mod calendar;
pub(crate) mod cohorts;
pub(crate) mod composition;
pub(crate) mod countries;
pub(crate) mod customer_list;
mod customer_ranking;
pub(crate) mod customers;
pub(crate) mod funnel;
pub(crate) mod products;
mod ranking;
pub(crate) mod report;
pub(crate) mod revenue;
pub(crate) mod rfm;
pub(crate) mod rows;
mod running;
pub(crate) mod sales;
pub(crate) mod series;
mod steps;
pub(crate) mod stock;
mod sums;
mod totals;
pub(crate) mod trend;

pub use self::answer::ReportRows;
pub use self::customer_list::{CustomerFilter, CustomerList, CustomerSort, CustomerSummary};
pub use self::funnel::FunnelStage;
pub use self::report::{Question, Report};
pub use self::reports::metrics;
pub use self::rfm::RfmSegment;
pub use self::steps::{Granularity, Trend};
