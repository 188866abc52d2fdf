//! The scenario of `ecomdb generate`: a preset with any of its values changed.

use chrono::{DateTime, NaiveTime, Utc};
use clap::{Args, ValueEnum};
use ecomdb::Period;
use ecomdb::generator::{Scenario, ScenarioError};

use super::Failure;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Preset {
    /// 3,000 users, 400 products, 12,000 orders over two years: for exploring.
    Demo,
    /// 200 users, 100 products, 1,000 orders over two years: for tests.
    Small,
    /// 200,000 users, 10,000 products, 1,000,000 orders over three years: for benchmarks.
    Large,
}

/// The requested scenario.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The preset, which gives all values that are not set.
    #[arg(long, value_enum, env = "ECOMDB_PRESET", default_value = "demo")]
    preset: Preset,

    /// Number of users.
    #[arg(long, value_name = "N", env = "ECOMDB_USERS")]
    users: Option<u64>,

    /// Number of products.
    #[arg(long, value_name = "N", env = "ECOMDB_PRODUCTS")]
    products: Option<u64>,

    /// Number of orders.
    #[arg(long, value_name = "N", env = "ECOMDB_ORDERS")]
    orders: Option<u64>,

    /// Random seed; the same seed, numbers and end give the same shop.
    #[arg(long, value_name = "N", env = "ECOMDB_SEED")]
    seed: Option<u64>,

    /// When the shop opens: a day such as 2026-01-31, a month, a year, or a time.
    /// By default the preset's period before the end.
    #[arg(long, value_name = "DAY", env = "ECOMDB_FROM", value_parser = moment)]
    from: Option<DateTime<Utc>>,

    /// When the period of the shop ends: a day, month, year or time. By default today.
    #[arg(long, value_name = "DAY", env = "ECOMDB_UNTIL", value_parser = moment)]
    until: Option<DateTime<Utc>>,

    #[command(flatten, next_help_heading = "Demand")]
    demand: Demand,

    #[command(flatten, next_help_heading = "What becomes of the orders")]
    fate: Fate,

    #[command(flatten, next_help_heading = "Catalog and stock")]
    supply: Supply,
}

#[derive(Debug, Args)]
struct Demand {
    /// Yearly growth of the orders: 0.3 is 30 % more each year.
    #[arg(long, value_name = "SHARE", env = "ECOMDB_GROWTH", allow_negative_numbers = true)]
    growth: Option<f64>,

    /// Strength of the week: 0 makes every weekday alike, 1 doubles Monday over Saturday.
    #[arg(long, value_name = "0..1", env = "ECOMDB_WEEKLY_SEASON")]
    weekly_season: Option<f64>,

    /// Strength of the year: 0 makes every month alike, 1 makes December 2.7 times February.
    #[arg(long, value_name = "0..1", env = "ECOMDB_YEARLY_SEASON")]
    yearly_season: Option<f64>,

    /// Relative number of orders in each hour of the day (UTC): 24 numbers with commas between.
    #[arg(long, value_name = "24 NUMBERS", env = "ECOMDB_HOURS", value_parser = hours)]
    hours: Option<[f64; 24]>,

    /// Largest share of users who ever order.
    #[arg(long, value_name = "0..1", env = "ECOMDB_BUYER_SHARE")]
    buyer_share: Option<f64>,

    /// Smallest share of orders that come from customers who have ordered before.
    #[arg(long, value_name = "0..1", env = "ECOMDB_REPEAT_SHARE")]
    repeat_share: Option<f64>,

    /// How unequal returning customers are: 0 makes all alike.
    #[arg(long, value_name = "0..3", env = "ECOMDB_LOYALTY")]
    loyalty: Option<f64>,

    /// Share of repeat orders that favour customers won lately.
    #[arg(long, value_name = "0..1", env = "ECOMDB_RECENCY")]
    recency: Option<f64>,

    /// Mean number of different products in an order.
    #[arg(long, value_name = "1..10", env = "ECOMDB_BASKET_LINES")]
    basket_lines: Option<f64>,

    /// Share of the further lines of a basket that are chosen to go with its first.
    #[arg(long, value_name = "0..1", env = "ECOMDB_AFFINITY")]
    affinity: Option<f64>,

    /// Exponent of the popularity of products: rank r sells in proportion to 1 / r^exponent.
    #[arg(long, value_name = "0..5", env = "ECOMDB_ZIPF_EXPONENT")]
    zipf_exponent: Option<f64>,
}

#[derive(Debug, Args)]
struct Fate {
    /// Share of orders that are never paid and stay pending.
    #[arg(long, value_name = "0..1", env = "ECOMDB_UNPAID")]
    unpaid: Option<f64>,

    /// Share of the paid orders whose first attempt to pay fails.
    #[arg(long, value_name = "0..1", env = "ECOMDB_FAILED_FIRST")]
    failed_first: Option<f64>,

    /// Share of orders that are cancelled.
    #[arg(long, value_name = "0..1", env = "ECOMDB_CANCELLED")]
    cancelled: Option<f64>,

    /// Share of orders that are refunded in full.
    #[arg(long, value_name = "0..1", env = "ECOMDB_REFUNDED")]
    refunded: Option<f64>,

    /// Share of orders of which a part is refunded.
    #[arg(long, value_name = "0..1", env = "ECOMDB_PARTIALLY_REFUNDED")]
    partially_refunded: Option<f64>,
}

#[derive(Debug, Args)]
struct Supply {
    /// Mean number of price changes of a product in a year.
    #[arg(long, value_name = "0..52", env = "ECOMDB_PRICE_CHANGES")]
    price_changes: Option<f64>,

    /// Share of products that appear during the period rather than before it.
    #[arg(long, value_name = "0..0.5", env = "ECOMDB_LAUNCHES")]
    launches: Option<f64>,

    /// Days of sales that a delivery of stock should last.
    #[arg(long, value_name = "1..365", env = "ECOMDB_STOCK_COVER_DAYS")]
    stock_cover_days: Option<u32>,

    /// Days from reordering to delivery.
    #[arg(long, value_name = "0..90", env = "ECOMDB_RESTOCK_LEAD_DAYS")]
    restock_lead_days: Option<u32>,

    /// Share of products that sell out near the end of the period.
    #[arg(long, value_name = "0..0.3", env = "ECOMDB_OUT_OF_STOCK")]
    out_of_stock: Option<f64>,
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    match Period::parse(None, Some(text)).map(|period| period.to()) {
        Ok(Some(moment)) if moment <= Utc::now() => Ok(moment),
        Ok(_) => Err("orders are never placed in the future".to_owned()),
        Err(invalid) => Err(invalid.fields().iter().map(|field| field.message.as_str()).collect()),
    }
}

fn hours(text: &str) -> Result<[f64; 24], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    let numbers = numbers.map_err(|error| error.to_string())?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| format!("24 numbers are needed, not {count}"))
}

impl Wanted {
    /// The validated scenario.
    pub(super) fn scenario(&self) -> Result<Scenario, Failure> {
        let to = self.until.unwrap_or_else(midnight);
        let mut scenario = match self.preset {
            Preset::Demo => Scenario::demo(to),
            Preset::Small => Scenario::small(to),
            Preset::Large => Scenario::large(to),
        };
        macro_rules! take {
            ($from:expr => $($field:ident)+) => {
                $(if let Some(value) = $from.$field {
                    scenario.$field = value;
                })+
            };
        }
        take!(self => users products orders seed from);
        take!(self.demand => growth weekly_season yearly_season hours buyer_share repeat_share loyalty recency
              basket_lines affinity zipf_exponent);
        take!(self.fate => unpaid failed_first cancelled refunded partially_refunded);
        take!(self.supply => price_changes launches stock_cover_days restock_lead_days out_of_stock);
        scenario.validate().map_err(|error| Failure::Usage(in_flags(&error)))?;
        Ok(scenario)
    }
}

/// Translates field names to flags.
fn in_flags(error: &ScenarioError) -> String {
    let flag = |field: &str| match field {
        "to" => "--until".to_owned(),
        field => format!("--{}", field.replace('_', "-")),
    };
    let flags: Vec<String> = error.field().split(" + ").map(flag).collect();
    format!("{} {} is out of bounds: allowed is {}", flags.join(" + "), error.value(), error.allowed())
}

/// The values that all presets share, for the help.
pub(super) fn usual_values() -> String {
    let usual = Scenario::new(DateTime::UNIX_EPOCH);
    let mut text = "Unless given:".to_owned();
    macro_rules! say {
        ($($field:ident)+) => {
            $(text += &format!(" --{} {}", stringify!($field).replace('_', "-"), usual.$field);)+
        };
    }
    say!(growth weekly_season yearly_season buyer_share repeat_share loyalty recency basket_lines affinity zipf_exponent
         unpaid failed_first cancelled refunded partially_refunded price_changes launches stock_cover_days
         restock_lead_days out_of_stock);
    text
}

/// Midnight of today, so that a shop generated again on the same day is the same.
pub(super) fn midnight() -> DateTime<Utc> {
    Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}
