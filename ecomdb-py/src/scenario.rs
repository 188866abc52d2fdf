//! The values of a scenario as keyword arguments: one table for reading them, for `help` and for the command line.

use chrono::{DateTime, NaiveTime, Utc};
use ecomdb::generator::Scenario;
use ecomdb::{Invalid, quoted};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyModule};

use crate::errors::invalid;
use crate::integers::Count;
use crate::times;

/// A value that a scenario has: how it is called, the allowed values, what it means, under which heading.
struct Setting {
    name: &'static str,
    metavar: &'static str,
    about: &'static str,
    heading: &'static str,
    read: fn(&mut Scenario, &Bound<'_, PyAny>) -> PyResult<()>,
}

const SIZE: &str = "";
const DEMAND: &str = "Demand";
const FATE: &str = "What becomes of the orders";
const SUPPLY: &str = "Catalog and stock";

macro_rules! settings {
    ($($name:ident: $kind:ident $metavar:literal, $heading:ident, $about:literal;)+) => {
        const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            metavar: $metavar,
            about: $about,
            heading: $heading,
            read: |scenario, value| {
                scenario.$name = $kind(stringify!($name), value)?;
                Ok(())
            },
        }),+];
    };
}

settings! {
    users: number "N", SIZE, "Number of users.";
    products: number "N", SIZE, "Number of products.";
    orders: number "N", SIZE, "Number of orders.";
    seed: number "N", SIZE, "Random seed; the same seed, numbers and end give the same shop.";
    growth: share "SHARE", DEMAND, "Yearly growth of the orders: 0.3 is 30 % more each year.";
    weekly_season: share "0..1", DEMAND, "Strength of the week: 0 makes every weekday alike, 1 doubles Monday over Saturday.";
    yearly_season: share "0..1", DEMAND, "Strength of the year: 0 makes every month alike, 1 makes December 2.7 times February.";
    hours: hours "24 NUMBERS", DEMAND, "Relative number of orders in each hour of the day (UTC): 24 numbers with commas between.";
    buyer_share: share "0..1", DEMAND, "Largest share of users who ever order.";
    repeat_share: share "0..1", DEMAND, "Smallest share of orders that come from customers who have ordered before.";
    loyalty: share "0..3", DEMAND, "How unequal returning customers are: 0 makes all alike.";
    recency: share "0..1", DEMAND, "Share of repeat orders that favour customers won lately.";
    basket_lines: share "1..10", DEMAND, "Mean number of different products in an order.";
    affinity: share "0..1", DEMAND, "Share of the further lines of a basket that are chosen to go with its first.";
    zipf_exponent: share "0..5", DEMAND, "Exponent of the popularity of products: rank r sells in proportion to 1 / r^exponent.";
    unpaid: share "0..1", FATE, "Share of orders that are never paid and stay pending.";
    failed_first: share "0..1", FATE, "Share of the paid orders whose first attempt to pay fails.";
    cancelled: share "0..1", FATE, "Share of orders that are cancelled.";
    refunded: share "0..1", FATE, "Share of orders that are refunded in full.";
    partially_refunded: share "0..1", FATE, "Share of orders of which a part is refunded.";
    price_changes: share "0..52", SUPPLY, "Mean number of price changes of a product in a year.";
    launches: share "0..0.5", SUPPLY, "Share of products that appear during the period rather than before it.";
    stock_cover_days: days "1..365", SUPPLY, "Days of sales that a delivery of stock should last.";
    restock_lead_days: days "0..90", SUPPLY, "Days from reordering to delivery.";
    out_of_stock: share "0..0.3", SUPPLY, "Share of products that sell out near the end of the period.";
}

/// The scenario that keyword arguments describe.
pub(crate) fn scenario(py: Python<'_>, preset: &str, values: Option<&Bound<'_, PyDict>>) -> PyResult<Scenario> {
    let given = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        let value = values.map(|values| values.get_item(name)).transpose()?.flatten();
        Ok(value.filter(|value| !value.is_none()))
    };
    let until = given("until")?.map(|until| times::moment("until", &until)).transpose()?;
    let until = until.unwrap_or_else(last_midnight);
    if until > Utc::now() {
        return Err(invalid(py, &Invalid::new("until", "must not be in the future: orders are never placed there")));
    }
    let mut scenario = match preset {
        "demo" => Scenario::demo(until),
        "small" => Scenario::small(until),
        "large" => Scenario::large(until),
        other => {
            let message = format!("must be one of demo, small, large, not {}", quoted(other));
            return Err(invalid(py, &Invalid::new("preset", message)));
        }
    };
    if let Some(from) = given("from_")? {
        scenario.from = times::moment("from_", &from)?;
    }
    for setting in SETTINGS {
        if let Some(value) = given(setting.name)? {
            (setting.read)(&mut scenario, &value)?;
        }
    }
    if let Some(values) = values {
        refuse_unknown(values)?;
    }
    scenario.validate().map_err(|error| {
        let field = if error.field() == "to" { "until" } else { error.field() };
        invalid(py, &Invalid::new(field, format!("is {}, must be {}", error.value(), error.allowed())))
    })?;
    Ok(scenario)
}

fn refuse_unknown(values: &Bound<'_, PyDict>) -> PyResult<()> {
    for name in values.keys() {
        let name: String = name.extract()?;
        let is_known = name == "from_" || name == "until" || SETTINGS.iter().any(|setting| setting.name == name);
        if !is_known {
            return Err(PyTypeError::new_err(format!(
                "a scenario has no value {}: see help(ecomdb.Database.generate)",
                quoted(&name)
            )));
        }
    }
    Ok(())
}

/// For the command line and for tests: name, the allowed values, what it means, heading.
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let settings = SETTINGS.iter().map(|it| (it.name, it.metavar, it.about, it.heading));
    module.add("_SETTINGS", PyList::new(module.py(), settings)?)
}

/// What is generated on the same day is the same.
fn last_midnight() -> DateTime<Utc> {
    Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn number(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let number: Count = value.extract().map_err(|_| wrong_type(field, "an int", value))?;
    u64::try_from(number.0)
        .map_err(|_| invalid(value.py(), &Invalid::new(field, format!("must be 0 or more, not {}", number.0))))
}

fn days(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<u32> {
    Ok(u32::try_from(number(field, value)?).unwrap_or(u32::MAX))
}

fn share(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    value.extract().map_err(|_| wrong_type(field, "a number", value))
}

fn hours(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<[f64; 24]> {
    let numbers: Vec<f64> = value.extract().map_err(|_| wrong_type(field, "24 numbers", value))?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| {
        invalid(value.py(), &Invalid::new(field, format!("must be 24 numbers, one for each hour, not {count}")))
    })
}

fn wrong_type(field: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{field} must be {wanted}, not {value:?}"))
}
