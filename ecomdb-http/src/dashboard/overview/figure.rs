//! The figures of the overview, each with its previous value.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use ecomdb::{Granularity, NewAndReturning, TotalRevenue, TrendStep, metrics, quoted};

use super::reading::{Customers, Figures, Sales};
use crate::dashboard::chart::{Axis, Change, TimeStep, Unit};
use crate::dashboard::period::{Comparison, Preset};
use crate::dashboard::so_far::{SoFar, local};
use crate::extract::FromText;

/// A figure, named by the parameter `chart`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Figure {
    #[default]
    NetRevenue,
    Orders,
    Average,
    New,
    Returning,
    Today,
    OrdersToday,
}

impl FromText for Figure {
    fn from_text(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|figure| figure.word() == text);
        let words = || Self::ALL.map(Self::word).join(", ");
        found.ok_or_else(|| format!("must be one of {}, not {}", words(), quoted(text)))
    }
}

/// A figure with its steps and the previous values.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) title: String,
    pub(super) now: i64,
    /// `None` if the period has an open start.
    pub(super) before: Option<i64>,
    /// The value of each step, and of the corresponding previous step.
    pub(super) values: Vec<i64>,
    pub(super) previous: Option<Vec<i64>>,
    /// The previous period in words: for the sentence of the chart, and in short.
    pub(super) with: String,
    pub(super) when: String,
    pub(super) axis: Axis,
    /// Whether the last step is not over.
    pub(super) is_so_far: bool,
}

impl Compared {
    /// The values of the finished steps, unless they are too few for a trend.
    pub(super) fn finished(&self) -> &[i64] {
        match self.values.split_last() {
            Some((_, finished)) if self.is_so_far && finished.len() > 1 => finished,
            _ => &self.values,
        }
    }

    pub(super) fn change(&self) -> Option<Change> {
        self.before.map(|before| Change::between(self.now, before))
    }
}

impl Figure {
    pub(super) const ALL: [Self; 7] =
        [Self::NetRevenue, Self::Orders, Self::Average, Self::New, Self::Returning, Self::Today, Self::OrdersToday];
    /// The figures of the period.
    pub(super) const OF_PERIOD: [Self; 5] = [Self::NetRevenue, Self::Orders, Self::Average, Self::New, Self::Returning];
    /// The figures of today.
    pub(super) const OF_TODAY: [Self; 2] = [Self::Today, Self::OrdersToday];

    /// The value of the parameter `chart`.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::NetRevenue => "net-revenue",
            Self::Orders => "orders",
            Self::Average => "average-order-value",
            Self::New => "new-customers",
            Self::Returning => "returning-customers",
            Self::Today => "today",
            Self::OrdersToday => "orders-today",
        }
    }

    /// The name on the page.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::NetRevenue => "Net revenue",
            Self::Orders => "Orders",
            Self::Average => "Average order value",
            Self::New => "New customers",
            Self::Returning => "Returning customers",
            Self::Today => "Net revenue today",
            Self::OrdersToday => "Orders today",
        }
    }

    pub(super) const fn is_money(self) -> bool {
        matches!(self, Self::NetRevenue | Self::Average | Self::Today)
    }

    pub(super) const fn unit(self) -> Unit {
        if self.is_money() { Unit::money(2) } else { Unit::COUNT }
    }

    /// Whether it is charted as bars, which suit counts, and sums of few steps.
    pub(super) const fn is_of_bars(self) -> bool {
        matches!(self, Self::New | Self::Returning | Self::Today | Self::OrdersToday)
    }

    /// Its definition.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::NetRevenue | Self::Today => metrics::NET_REVENUE,
            Self::Orders | Self::OrdersToday => "Orders: completed orders, by the time they were placed.",
            Self::Average => metrics::AVERAGE_ORDER_VALUE,
            Self::New => metrics::NEW_CUSTOMER,
            Self::Returning => metrics::RETURNING_CUSTOMER,
        }
    }

    /// The calendar of its steps.
    pub(super) fn calendar(self, reading: &Figures) -> String {
        match self {
            Self::New | Self::Returning => "Calendar months in UTC.".to_owned(),
            _ => format!("Days in {}.", reading.zone),
        }
    }

    /// The address of the list with the underlying rows.
    pub(super) fn rows(self, days: &SoFar) -> String {
        match self {
            Self::New | Self::Returning => days.address("/reports/new-and-returning-customers", &[]),
            Self::Today | Self::OrdersToday => "/reports/revenue-trend?period=today".to_owned(),
            _ => days.address("/reports/revenue-trend", &[]),
        }
    }

    pub(super) fn compared(self, reading: &Figures, days: &SoFar) -> Compared {
        match self {
            Self::New => self.of_customers(&reading.customers, |row| row.new_customers),
            Self::Returning => self.of_customers(&reading.customers, |row| row.returning_customers),
            Self::Today | Self::OrdersToday => Compared {
                with: format!("{} until {}", reading.weekday("%A %-d %b"), reading.weekday("%H:%M")),
                when: "a week ago".to_owned(),
                ..self.of_sales(reading, (&reading.today, Some(&reading.week_ago)), Granularity::Hour)
            },
            Self::NetRevenue | Self::Orders | Self::Average => Compared {
                with: days.previous_words(),
                when: match (days.chosen().comparison(), days.chosen().preset()) {
                    (Comparison::Year, _) => "a year before".to_owned(),
                    (_, Some(Preset::Today)) => format!("yesterday until {}", days.time_of_day()),
                    _ => "in the period before".to_owned(),
                },
                ..self.of_sales(reading, (&reading.sales, reading.before.as_ref()), reading.granularity)
            },
        }
    }

    fn of_sales(self, reading: &Figures, sales: (&Sales, Option<&Sales>), granularity: Granularity) -> Compared {
        let (sales, before) = sales;
        let values = |sales: &Sales| sales.steps.iter().map(|step| self.of_step(step)).collect();
        let starts: Vec<_> = sales.steps.iter().map(|step| start(reading, step)).collect();
        Compared {
            title: self.label().to_owned(),
            now: self.of_total(&sales.total),
            before: before.map(|before| self.of_total(&before.total)),
            values: values(sales),
            previous: before.map(values),
            with: String::new(),
            when: String::new(),
            axis: Axis::of_time(time_step(granularity), &starts),
            is_so_far: sales.steps.last().is_some_and(|step| reading.is_open(step, granularity)),
        }
    }

    fn of_customers(self, customers: &Customers, of: fn(&NewAndReturning) -> i64) -> Compared {
        let start = |month: NaiveDate| month.and_time(NaiveTime::MIN).and_utc().fixed_offset();
        let starts: Vec<DateTime<FixedOffset>> = customers.months().into_iter().map(start).collect();
        let earlier = customers.earlier().format("%B %Y");
        let with = if customers.is_running { format!("the same part of {earlier}") } else { earlier.to_string() };
        Compared {
            title: format!("{}, {}", self.label(), customers.month.format("%B %Y")),
            now: customers.current().map_or(0, of),
            before: Some(customers.before.as_ref().map_or(0, of)),
            values: customers.values(of),
            previous: None,
            when: format!("in {with}"),
            with,
            axis: Axis::of_time(TimeStep::Month, &starts),
            is_so_far: customers.is_running,
        }
    }

    fn of_total(self, total: &TotalRevenue) -> i64 {
        match self {
            Self::Orders | Self::OrdersToday => total.orders,
            Self::Average => total.total_revenue.divided_by(total.orders).minor(),
            _ => total.net_revenue.minor(),
        }
    }

    fn of_step(self, step: &TrendStep) -> i64 {
        match self {
            Self::Orders | Self::OrdersToday => step.orders,
            Self::Average => step.total_revenue.divided_by(step.orders).minor(),
            _ => step.net_revenue.minor(),
        }
    }
}

/// The start of a step in local time. A week or month that begins before the period is named by its own first day.
fn start(reading: &Figures, step: &TrendStep) -> DateTime<FixedOffset> {
    let from = local(reading.zone, step.from);
    if from.date_naive() == step.date { from } else { local(reading.zone, reading.zone.start_of(step.date)) }
}

/// The step of a chart for a trend with this granularity.
pub(in crate::dashboard) const fn time_step(granularity: Granularity) -> TimeStep {
    match granularity {
        Granularity::Hour => TimeStep::Hour,
        Granularity::Day => TimeStep::Day,
        Granularity::Week => TimeStep::Week,
        Granularity::Month => TimeStep::Month,
    }
}
