//! Report rows as named values, for tables, CSV, JSON and data frames.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};

use super::{
    AverageOrderValue, BoughtTogether, CategoryRevenue, CohortMonth, FunnelStage, FunnelStep, LowInventory,
    MonthlyRevenue, NewAndReturning, ProductRevenue, Report, RfmCustomer, RfmSegment, RfmSegmentSummary, SellThrough,
    TopCustomer, TopProduct, TotalRevenue, TrendStep, UnpaidOrder,
};
use crate::types::{CategoryId, Money, OrderId, ProductId, UserId};

/// A column of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name of the field in Rust and in JSON.
    pub name: &'static str,
    /// Type of its values, except [`Value::Null`].
    pub kind: ColumnKind,
}

impl Column {
    /// A row as a JSON object, as in the REST API.
    pub fn object<'a>(columns: &'a [Self], row: &'a [Value]) -> impl Serialize + 'a {
        Object { columns, row }
    }
}

struct Object<'a> {
    columns: &'a [Column],
    row: &'a [Value],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|column| column.name).zip(self.row))
    }
}

/// Type of the values in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// [`Value::Int`]
    Int,
    /// [`Value::Money`]
    Money,
    /// [`Value::Ratio`]
    Ratio,
    /// [`Value::Text`]
    Text,
    /// [`Value::Time`]
    Time,
    /// [`Value::Date`]
    Date,
}

/// A value of a report, serialised as in the REST API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// No value.
    Null,
    /// An integer or an id.
    Int(i64),
    /// An amount of money.
    Money(Money),
    /// A quotient of two exact integers.
    Ratio(f64),
    /// Text.
    Text(String),
    /// A point in time.
    Time(DateTime<Utc>),
    /// A calendar day.
    Date(NaiveDate),
}

/// The rows of a report; each has one value per column.
pub struct ReportRows {
    columns: &'static [Column],
    rows: Box<dyn ExactSizeIterator<Item = Vec<Value>> + Send>,
}

impl ReportRows {
    pub(crate) fn of<R: ReportRow>(rows: Vec<R>) -> Self {
        Self { columns: R::COLUMNS, rows: Box::new(rows.into_iter().map(ReportRow::values)) }
    }

    /// Keeps the first `many` columns.
    pub(crate) fn first_columns(self, many: usize) -> Self {
        let columns = self.columns.get(..many).unwrap_or(self.columns);
        let cut = move |mut row: Vec<Value>| {
            row.truncate(many);
            row
        };
        Self { columns, rows: Box::new(self.rows.map(cut)) }
    }

    /// Columns, in order.
    #[must_use]
    pub fn columns(&self) -> &'static [Column] {
        self.columns
    }
}

impl Iterator for ReportRows {
    type Item = Vec<Value>;

    fn next(&mut self) -> Option<Vec<Value>> {
        self.rows.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for ReportRows {}

impl std::fmt::Debug for ReportRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReportRows").field("columns", &self.columns).field("rows", &self.len()).finish()
    }
}

/// A row type of a report.
pub(crate) trait ReportRow: Send + 'static {
    const COLUMNS: &'static [Column];

    fn values(self) -> Vec<Value>;
}

/// A field type of a report row.
trait Field {
    const KIND: ColumnKind;

    fn value(self) -> Value;
}

macro_rules! fields {
    ($($kind:ident: $($type:ty = $value:expr),+;)+) => {$($(
        impl Field for $type {
            const KIND: ColumnKind = ColumnKind::$kind;

            fn value(self) -> Value {
                let convert: fn(Self) -> _ = $value;
                Value::$kind(convert(self))
            }
        }
    )+)+};
}

fields! {
    Int: i64 = |number| number, UserId = UserId::get, ProductId = ProductId::get, OrderId = OrderId::get,
        CategoryId = CategoryId::get;
    Money: Money = |amount| amount;
    Ratio: f64 = |ratio| ratio;
    Text: String = |text| text, RfmSegment = |segment| segment.as_str().to_owned(),
        FunnelStage = |stage| stage.as_str().to_owned();
    Time: DateTime<Utc> = |moment| moment;
    Date: NaiveDate = |day| day;
}

impl<F: Field> Field for Option<F> {
    const KIND: ColumnKind = F::KIND;

    fn value(self) -> Value {
        self.map_or(Value::Null, F::value)
    }
}

macro_rules! report_rows {
    ($($row:ident { $($field:ident: $type:ty),+ $(,)? })+) => {$(
        impl ReportRow for $row {
            const COLUMNS: &'static [Column] =
                &[$(Column { name: stringify!($field), kind: <$type as Field>::KIND }),+];

            fn values(self) -> Vec<Value> {
                // Exhaustive: a missing field is a compile error.
                let Self { $($field),+ } = self;
                vec![$(<$type as Field>::value($field)),+]
            }
        }
    )+};
}

report_rows! {
    TotalRevenue { total_revenue: Money, refunds: Money, net_revenue: Money, orders: i64 }
    MonthlyRevenue { month: String, total_revenue: Money, refunds: Money, net_revenue: Money, orders: i64 }
    TrendStep {
        date: NaiveDate, from: DateTime<Utc>, to: DateTime<Utc>, total_revenue: Money, refunds: Money,
        net_revenue: Money, orders: i64, previous_total_revenue: Option<Money>, previous_net_revenue: Option<Money>,
        previous_orders: Option<i64>,
    }
    AverageOrderValue { average_order_value: Money, total_revenue: Money, orders: i64 }
    TopCustomer {
        user_id: UserId, email: String, first_name: String, last_name: String, total_spent: Money, orders: i64,
    }
    NewAndReturning {
        month: String, new_customers: i64, returning_customers: i64, new_revenue: Money, returning_revenue: Money,
    }
    CohortMonth {
        cohort: String, cohort_customers: i64, month: String, months_since: i64, active_customers: i64,
        retention: f64, orders: i64, revenue: Money, lifetime_value: Money,
    }
    RfmSegmentSummary {
        segment: RfmSegment, customers: i64, orders: i64, revenue: Money, revenue_per_customer: Money,
    }
    RfmCustomer {
        user_id: UserId, email: String, last_order: NaiveDate, orders: i64, total_spent: Money, recency_score: i64,
        frequency_score: i64, monetary_score: i64, segment: RfmSegment,
    }
    TopProduct { product_id: ProductId, product_name: String, total_units_sold: i64 }
    ProductRevenue { product_id: ProductId, product_name: String, product_revenue: Money }
    CategoryRevenue { category_id: CategoryId, category_name: String, category_revenue: Money }
    BoughtTogether {
        product_a: ProductId, product_a_name: String, product_b: ProductId, product_b_name: String,
        orders_together: i64, support: f64, confidence_a_to_b: f64, confidence_b_to_a: f64, lift: f64,
    }
    SellThrough {
        product_id: ProductId, product_name: String, units_sold: i64, stock: i64, sell_through: f64,
        days_of_cover: f64,
    }
    LowInventory { product_id: ProductId, product_name: String, sku: String, stock: i64, reorder_level: i64 }
    UnpaidOrder {
        order_id: OrderId, user_id: UserId, email: String, total: Money, placed_at: DateTime<Utc>,
        payment_attempts: i64,
    }
    FunnelStep { stage: FunnelStage, orders: i64, amount: Money, share_of_placed: f64 }
}

impl Report {
    /// Columns of the report. A trend without comparison has no `previous_` columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::TotalRevenue => TotalRevenue::COLUMNS,
            Self::MonthlyRevenue => MonthlyRevenue::COLUMNS,
            Self::RevenueTrend => TrendStep::COLUMNS,
            Self::AverageOrderValue => AverageOrderValue::COLUMNS,
            Self::TopCustomers | Self::OrdersPerUser => TopCustomer::COLUMNS,
            Self::NewAndReturningCustomers => NewAndReturning::COLUMNS,
            Self::Cohorts => CohortMonth::COLUMNS,
            Self::Rfm => RfmSegmentSummary::COLUMNS,
            Self::RfmCustomers => RfmCustomer::COLUMNS,
            Self::TopProducts => TopProduct::COLUMNS,
            Self::RevenueByProduct => ProductRevenue::COLUMNS,
            Self::RevenueByCategory => CategoryRevenue::COLUMNS,
            Self::BoughtTogether => BoughtTogether::COLUMNS,
            Self::SellThrough => SellThrough::COLUMNS,
            Self::LowInventory => LowInventory::COLUMNS,
            Self::UnpaidOrders => UnpaidOrder::COLUMNS,
            Self::Funnel => FunnelStep::COLUMNS,
        }
    }
}
