//! What the overview reads: three parts, which are read at the same time.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use ecomdb::{
    CategoryRevenue, Granularity, Limit, LowInventory, NewAndReturning, OnBehalf, OrderFilter, OrderStatus,
    PaymentFilter, PaymentState, PaymentStatus, Period, ProductRevenue, RowCount, SellThrough, TimeZone, TotalRevenue,
    Trend, TrendStep,
};

use crate::dashboard::inventory::recent;
use crate::dashboard::so_far::{SoFar, instant};

/// Sales of a period and of its steps.
#[derive(Debug)]
pub(super) struct Sales {
    pub(super) total: TotalRevenue,
    pub(super) steps: Vec<TrendStep>,
}

/// The figures, each with what it is compared with.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) zone: TimeZone,
    pub(super) now: DateTime<Utc>,
    pub(super) granularity: Granularity,
    pub(super) sales: Sales,
    /// `None` if the period has an open start.
    pub(super) before: Option<Sales>,
    /// Today by hours, and the same weekday last week up to the same time.
    pub(super) today: Sales,
    pub(super) week_ago: Sales,
    pub(super) customers: Customers,
    /// Completed orders of all of time.
    ever: i64,
}

/// The best-selling products and categories of the period.
#[derive(Debug)]
pub(super) struct Rankings {
    pub(super) products: Vec<ProductRevenue>,
    pub(super) categories: Vec<CategoryRevenue>,
}

/// Work that waits for somebody.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Number of unpaid orders; 0 for a caller who may not see orders. `part_paid` likewise.
    pub(super) unpaid: RowCount,
    pub(super) part_paid: RowCount,
    /// Late payments to give back; none for a caller who may not see payments.
    pub(super) late: RowCount,
    pub(super) low: Vec<LowInventory>,
    /// The products sold in the days over which the inventory measures sales, fewest days of cover first.
    pub(super) cover: Vec<SellThrough>,
}

/// New and returning customers by month (UTC).
#[derive(Debug)]
pub(super) struct Customers {
    /// The first day of the last month of the period.
    pub(super) month: NaiveDate,
    /// Whether that month is not over.
    pub(super) is_running: bool,
    /// Months up to this one; months without customers are missing.
    rows: Vec<NewAndReturning>,
    /// The previous month. If this month is not over, only the corresponding part of the previous one.
    pub(super) before: Option<NewAndReturning>,
}

/// Number of rows of rankings and of lists of tasks.
const SHOWN: i64 = 8;

impl Rankings {
    pub(super) fn read(shop: OnBehalf<'_>, period: &Period) -> ecomdb::Result<Self> {
        let shown = Limit::new(SHOWN)?;
        Ok(Self {
            products: shop.analytics().revenue_by_product(period, shown)?,
            categories: shop.analytics().revenue_by_category(period, shown)?,
        })
    }
}

impl Waiting {
    pub(super) fn read(shop: OnBehalf<'_>, now: DateTime<Utc>) -> ecomdb::Result<Self> {
        let most = Limit::new(Limit::MAX)?;
        Ok(Self {
            unpaid: pending(shop, PaymentState::Unpaid)?,
            part_paid: pending(shop, PaymentState::PartPaid)?,
            late: late(shop)?,
            low: shop.analytics().low_inventory(most)?,
            cover: shop.analytics().sell_through(&recent(now), most)?,
        })
    }
}

impl Figures {
    /// Reads the period of these days.
    pub(super) fn read(shop: OnBehalf<'_>, days: &SoFar, period: &Period) -> ecomdb::Result<Self> {
        let (zone, now, period) = (days.zone, days.now, *period);
        let mut granularity = days.granularity();
        let mut sales = Sales::read(shop, period, granularity, zone)?;
        if period == Period::ALL && sales.steps.len() < 4 {
            // A shop of fewer than four months has a chart of days.
            granularity = Granularity::Day;
            sales = Sales::read(shop, period, granularity, zone)?;
        }
        let before = days.previous().map(|previous| Sales::read(shop, previous, granularity, zone)).transpose()?;
        let today = days.today();
        let by_hour = |day: NaiveDate| {
            // One microsecond more, so that the period is not empty at midnight.
            let until = instant(zone, day.and_time(zone.local(now).time()) + TimeDelta::microseconds(1));
            Sales::read(shop, Period::new(Some(zone.start_of(day)), Some(until))?, Granularity::Hour, zone)
        };
        Ok(Self {
            zone,
            now,
            granularity,
            sales,
            before,
            today: by_hour(today)?,
            week_ago: by_hour(today.checked_sub_days(Days::new(7)).unwrap_or(today))?,
            customers: Customers::read(shop, &period, now)?,
            ever: shop.analytics().total_revenue(&Period::ALL)?.orders,
        })
    }

    /// Whether the shop has never sold anything.
    pub(super) fn is_new(&self) -> bool {
        self.ever == 0
    }

    /// The day and time that today is compared with, in a format of chrono.
    pub(super) fn weekday(&self, format: &str) -> String {
        let now = self.zone.local(self.now);
        now.checked_sub_days(Days::new(7)).unwrap_or(now).format(format).to_string()
    }

    /// Whether a step has begun and is not over.
    pub(super) fn is_open(&self, step: &TrendStep, granularity: Granularity) -> bool {
        if step.from > self.now {
            return false;
        }
        let next = match granularity {
            Granularity::Hour => return step.from + TimeDelta::hours(1) > self.now,
            Granularity::Day => step.date.checked_add_days(Days::new(1)),
            Granularity::Week => step.date.checked_add_days(Days::new(7)),
            Granularity::Month => step.date.checked_add_months(Months::new(1)),
        };
        next.is_some_and(|next| self.zone.start_of(next) > self.now)
    }
}

/// The number of pending orders in this payment state.
fn pending(shop: OnBehalf<'_>, state: PaymentState) -> ecomdb::Result<RowCount> {
    let filter = OrderFilter::default().status(OrderStatus::Pending).payment_state(state);
    match shop.orders().count(&filter) {
        Err(error) if error.is_forbidden() => Ok(RowCount::Exactly(0)),
        counted => counted,
    }
}

/// The number of late payments.
fn late(shop: OnBehalf<'_>) -> ecomdb::Result<RowCount> {
    match shop.payments().count(&PaymentFilter::default().status(PaymentStatus::Late)) {
        Err(error) if error.is_forbidden() => Ok(RowCount::Exactly(0)),
        counted => counted,
    }
}

impl Sales {
    fn read(shop: OnBehalf<'_>, period: Period, granularity: Granularity, zone: TimeZone) -> ecomdb::Result<Self> {
        let trend = Trend { period, granularity, time_zone: zone, compare_previous: false };
        Ok(Self { total: shop.analytics().total_revenue(&period)?, steps: shop.analytics().revenue_trend(&trend)? })
    }
}

impl Customers {
    /// The last month of the period, and the year up to it.
    fn read(shop: OnBehalf<'_>, period: &Period, now: DateTime<Utc>) -> ecomdb::Result<Self> {
        let last = period.to().unwrap_or(now).min(now) - TimeDelta::microseconds(1);
        let month = last.date_naive().with_day(1).unwrap_or_default();
        let start = |month: Option<NaiveDate>| month.map(|month| month.and_time(NaiveTime::MIN).and_utc());
        let (end, earlier) =
            (start(month.checked_add_months(Months::new(1))), month.checked_sub_months(Months::new(1)));
        let is_running = end.is_some_and(|end| end > now);
        // Whole months are read from a rollup of months.
        let year = Period::new(start(month.checked_sub_months(Months::new(12))), end)?;
        let months = shop.analytics().new_and_returning_customers(&year)?;
        let before = if is_running {
            let passed = now - start(Some(month)).unwrap_or(now);
            let (from, to) = (start(earlier), start(earlier).map(|from| from + passed).min(start(Some(month))));
            let part = Period::new(from, to).ok();
            part.map(|part| shop.analytics().new_and_returning_customers(&part)).transpose()?.unwrap_or_default().pop()
        } else {
            months.iter().find(|row| earlier.is_some_and(|earlier| row.month == name(earlier))).cloned()
        };
        Ok(Self { month, is_running, rows: months, before })
    }

    /// The row of the month.
    pub(super) fn current(&self) -> Option<&NewAndReturning> {
        self.rows.iter().find(|row| row.month == name(self.month))
    }

    /// The first day of the month before.
    pub(super) fn earlier(&self) -> NaiveDate {
        self.month.checked_sub_months(Months::new(1)).unwrap_or(self.month)
    }

    /// The first days of the months, beginning with the first month that has customers.
    pub(super) fn months(&self) -> Vec<NaiveDate> {
        let months = (0..=12).rev().filter_map(|ago| self.month.checked_sub_months(Months::new(ago)));
        let first = self.rows.first().map(|row| row.month.clone());
        months.skip_while(|month| first.as_ref().is_some_and(|first| name(*month) < *first)).collect()
    }

    /// A value of each of these months; 0 for months without customers.
    pub(super) fn values(&self, of: impl Fn(&NewAndReturning) -> i64) -> Vec<i64> {
        let value = |month: NaiveDate| self.rows.iter().find(|row| row.month == name(month)).map_or(0, &of);
        self.months().into_iter().map(value).collect()
    }
}

/// A month as reports name it.
fn name(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}
