//! The settings of a scenario: names, words and ranges, for the command line, Python and messages.

use std::fmt;
use std::ops::RangeInclusive;

use super::scenario::{Scenario, ScenarioError};

/// A setting of a [`Scenario`].
///
/// ```
/// use ecomdb::generator::{Scenario, Setting, SettingValue};
///
/// # let to = chrono::DateTime::from_timestamp(1_750_000_000, 0).unwrap();
/// let mut scenario = Scenario::small(to);
/// let growth = Setting::ALL.iter().find(|setting| setting.name == "growth").unwrap();
/// growth.set(&mut scenario, growth.parse("0.5")?)?;
/// assert_eq!(scenario.growth, 0.5);
/// assert_eq!(growth.allowed(), "-0.9 to 10");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Name of the field in [`Scenario`].
    pub name: &'static str,
    /// Heading for a group of settings; `None` for the sizes of the shop.
    pub heading: Option<&'static str>,
    /// Meaning of the setting, in one sentence.
    pub about: &'static str,
    field: Field,
}

/// A value of a [`Setting`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingValue {
    /// A whole number.
    Count(u64),
    /// Any number.
    Number(f64),
    /// A number for each hour of the day.
    Hours([f64; 24]),
}

/// A field of a scenario, and its range.
#[derive(Debug)]
enum Field {
    Count(fn(&mut Scenario) -> &mut u64, RangeInclusive<u64>),
    Days(fn(&mut Scenario) -> &mut u32, RangeInclusive<u64>),
    Number(fn(&mut Scenario) -> &mut f64, RangeInclusive<f64>),
    Hours(fn(&mut Scenario) -> &mut [f64; 24], RangeInclusive<f64>),
}

use Field::{Count, Days, Hours, Number};

const SIZE: Option<&str> = None;
const DEMAND: Option<&str> = Some("Demand");
const FATE: Option<&str> = Some("What becomes of the orders");
const TERMS: Option<&str> = Some("What orders cost besides their items");
const ADDRESSES: Option<&str> = Some("Where orders go");
const SUPPLY: Option<&str> = Some("Catalog and stock");

impl Setting {
    /// All settings.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "users",
            heading: SIZE,
            about: "Number of users.",
            field: Count(|it| &mut it.users, 0..=1_000_000_000),
        },
        Self {
            name: "products",
            heading: SIZE,
            about: "Number of products.",
            field: Count(|it| &mut it.products, 0..=1_000_000),
        },
        Self {
            name: "orders",
            heading: SIZE,
            about: "Number of orders.",
            field: Count(|it| &mut it.orders, 0..=10_000_000_000),
        },
        Self {
            name: "seed",
            heading: SIZE,
            about: "Random seed; the same seed, numbers and end give the same shop.",
            field: Count(|it| &mut it.seed, 0..=u64::MAX),
        },
        Self {
            name: "growth",
            heading: DEMAND,
            about: "Yearly growth of the orders: 0.3 is 30 % more each year.",
            field: Number(|it| &mut it.growth, -0.9..=10.0),
        },
        Self {
            name: "weekly_season",
            heading: DEMAND,
            about: "Strength of the week: 0 makes all weekdays equal, 1 gives Monday twice the orders of Saturday.",
            field: Number(|it| &mut it.weekly_season, 0.0..=1.0),
        },
        Self {
            name: "yearly_season",
            heading: DEMAND,
            about: "Strength of the year: 0 makes all months equal, 1 gives December 2.7 times the orders of February.",
            field: Number(|it| &mut it.yearly_season, 0.0..=1.0),
        },
        Self {
            name: "hours",
            heading: DEMAND,
            about: "Relative number of orders in each hour of the day (UTC): 24 numbers separated by commas.",
            field: Hours(|it| &mut it.hours, 0.0..=1000.0),
        },
        Self {
            name: "buyer_share",
            heading: DEMAND,
            about: "Largest share of users who place any order.",
            field: Number(|it| &mut it.buyer_share, 0.0..=1.0),
        },
        Self {
            name: "repeat_share",
            heading: DEMAND,
            about: "Smallest share of orders from customers who have ordered before.",
            field: Number(|it| &mut it.repeat_share, 0.0..=1.0),
        },
        Self {
            name: "loyalty",
            heading: DEMAND,
            about: "Inequality of returning customers: 0 makes all equal.",
            field: Number(|it| &mut it.loyalty, 0.0..=3.0),
        },
        Self {
            name: "recency",
            heading: DEMAND,
            about: "Share of repeat orders that favour recently won customers.",
            field: Number(|it| &mut it.recency, 0.0..=1.0),
        },
        Self {
            name: "basket_lines",
            heading: DEMAND,
            about: "Mean number of different products in an order.",
            field: Number(|it| &mut it.basket_lines, 1.0..=10.0),
        },
        Self {
            name: "affinity",
            heading: DEMAND,
            about: "Share of the further lines of a basket that complement its first line.",
            field: Number(|it| &mut it.affinity, 0.0..=1.0),
        },
        Self {
            name: "zipf_exponent",
            heading: DEMAND,
            about: "Exponent of product popularity: rank r sells in proportion to 1 / r^exponent.",
            field: Number(|it| &mut it.zipf_exponent, 0.0..=5.0),
        },
        Self {
            name: "unpaid",
            heading: FATE,
            about: "Share of orders that are never paid in full and stay pending.",
            field: Number(|it| &mut it.unpaid, 0.0..=1.0),
        },
        Self {
            name: "failed_first",
            heading: FATE,
            about: "Share of paid orders whose first payment attempt fails.",
            field: Number(|it| &mut it.failed_first, 0.0..=1.0),
        },
        Self {
            name: "cancelled",
            heading: FATE,
            about: "Share of orders that are cancelled because somebody asked for it.",
            field: Number(|it| &mut it.cancelled, 0.0..=1.0),
        },
        Self {
            name: "expired",
            heading: FATE,
            about: "Share of orders whose hold ends before anything is paid.",
            field: Number(|it| &mut it.expired, 0.0..=1.0),
        },
        Self {
            name: "late_payments",
            heading: FATE,
            about: "Share of cancelled and expired orders whose payment arrives afterwards.",
            field: Number(|it| &mut it.late_payments, 0.0..=1.0),
        },
        Self {
            name: "refunded",
            heading: FATE,
            about: "Share of orders that are refunded in full.",
            field: Number(|it| &mut it.refunded, 0.0..=1.0),
        },
        Self {
            name: "partially_refunded",
            heading: FATE,
            about: "Share of orders that are refunded in part.",
            field: Number(|it| &mut it.partially_refunded, 0.0..=1.0),
        },
        Self {
            name: "vouchers",
            heading: TERMS,
            about: "Share of orders with a voucher.",
            field: Number(|it| &mut it.vouchers, 0.0..=1.0),
        },
        Self {
            name: "discounts",
            heading: TERMS,
            about: "Share of orders with another discount.",
            field: Number(|it| &mut it.discounts, 0.0..=1.0),
        },
        Self {
            name: "shipping",
            heading: TERMS,
            about: "Share of orders that pay for shipping.",
            field: Number(|it| &mut it.shipping, 0.0..=1.0),
        },
        Self {
            name: "taxed",
            heading: TERMS,
            about: "Share of orders with a tax on top of the prices.",
            field: Number(|it| &mut it.taxed, 0.0..=1.0),
        },
        Self {
            name: "addressed",
            heading: ADDRESSES,
            about: "Share of orders with a shipping address.",
            field: Number(|it| &mut it.addressed, 0.0..=1.0),
        },
        Self {
            name: "billed_elsewhere",
            heading: ADDRESSES,
            about: "Share of the orders with a shipping address that have another billing address.",
            field: Number(|it| &mut it.billed_elsewhere, 0.0..=1.0),
        },
        Self {
            name: "abroad",
            heading: ADDRESSES,
            about: "Share of the orders with a shipping address that go to another country than the shop's.",
            field: Number(|it| &mut it.abroad, 0.0..=1.0),
        },
        Self {
            name: "price_changes",
            heading: SUPPLY,
            about: "Mean number of price changes of a product in a year.",
            field: Number(|it| &mut it.price_changes, 0.0..=52.0),
        },
        Self {
            name: "launches",
            heading: SUPPLY,
            about: "Share of products that are launched during the period.",
            field: Number(|it| &mut it.launches, 0.0..=0.5),
        },
        Self {
            name: "grouped",
            heading: SUPPLY,
            about: "Share of products that are variants of a group.",
            field: Number(|it| &mut it.grouped, 0.0..=1.0),
        },
        Self {
            name: "pictured",
            heading: SUPPLY,
            about: "Share of products with images.",
            field: Number(|it| &mut it.pictured, 0.0..=1.0),
        },
        Self {
            name: "external_ids",
            heading: SUPPLY,
            about: "Share of products with an id in the source erp.",
            field: Number(|it| &mut it.external_ids, 0.0..=1.0),
        },
        Self {
            name: "stock_cover_days",
            heading: SUPPLY,
            about: "Days of sales that a delivery covers.",
            field: Days(|it| &mut it.stock_cover_days, 1..=365),
        },
        Self {
            name: "restock_lead_days",
            heading: SUPPLY,
            about: "Days from reorder to delivery.",
            field: Days(|it| &mut it.restock_lead_days, 0..=90),
        },
        Self {
            name: "out_of_stock",
            heading: SUPPLY,
            about: "Share of products that sell out near the end of the period.",
            field: Number(|it| &mut it.out_of_stock, 0.0..=0.3),
        },
    ];

    /// The allowed range, as in `0 to 1`; for [`SettingValue::Hours`], of each number.
    #[must_use]
    pub fn allowed(&self) -> String {
        match &self.field {
            Count(_, range) | Days(_, range) => format!("{} to {}", range.start(), range.end()),
            Number(_, range) | Hours(_, range) => format!("{} to {}", range.start(), range.end()),
        }
    }

    /// A short placeholder for the value in a help text: `N`, `0..1` or `24 NUMBERS`.
    #[must_use]
    pub fn placeholder(&self) -> String {
        match self.field {
            Count(..) => "N".to_owned(),
            Hours(..) => "24 NUMBERS".to_owned(),
            Days(..) | Number(..) => self.allowed().replace(" to ", ".."),
        }
    }

    /// The value in a scenario.
    #[must_use]
    pub fn get(&self, scenario: &Scenario) -> SettingValue {
        let mut scenario = scenario.clone();
        match self.field {
            Count(field, _) => SettingValue::Count(*field(&mut scenario)),
            Days(field, _) => SettingValue::Count(u64::from(*field(&mut scenario))),
            Number(field, _) => SettingValue::Number(*field(&mut scenario)),
            Hours(field, _) => SettingValue::Hours(*field(&mut scenario)),
        }
    }

    /// Sets the value in a scenario. [`Scenario::validate`] checks the range.
    ///
    /// # Errors
    /// [`ScenarioError`] if the value is of another kind than [`Setting::get`] returns.
    pub fn set(&self, scenario: &mut Scenario, value: SettingValue) -> Result<(), ScenarioError> {
        match (&self.field, value) {
            (Count(field, _), SettingValue::Count(value)) => *field(scenario) = value,
            (Days(field, _), SettingValue::Count(value)) => {
                *field(scenario) = u32::try_from(value).unwrap_or(u32::MAX);
            }
            (Number(field, _), SettingValue::Number(value)) => *field(scenario) = value,
            (Hours(field, _), SettingValue::Hours(value)) => *field(scenario) = value,
            (Count(..) | Days(..), value) => return Err(ScenarioError::new(self.name, value, "a whole number")),
            (Number(..), value) => return Err(ScenarioError::new(self.name, value, "a number")),
            (Hours(..), value) => return Err(ScenarioError::new(self.name, value, "24 numbers")),
        }
        Ok(())
    }

    /// Reads a value from text.
    ///
    /// # Errors
    /// The text is not a value of the kind. The range is not checked.
    pub fn parse(&self, text: &str) -> Result<SettingValue, String> {
        let number = |text: &str| text.trim().parse::<f64>().map_err(|error| error.to_string());
        Ok(match self.field {
            Count(..) | Days(..) => {
                SettingValue::Count(text.parse().map_err(|error: std::num::ParseIntError| error.to_string())?)
            }
            Number(..) => SettingValue::Number(number(text)?),
            Hours(..) => SettingValue::hours(text.split(',').map(number).collect::<Result<_, _>>()?)?,
        })
    }

    /// Checks the range.
    pub(super) fn check(&self, scenario: &Scenario) -> Result<(), ScenarioError> {
        let (value, is_allowed) = match (self.get(scenario), &self.field) {
            (SettingValue::Hours(hours), Hours(_, range)) => {
                let wrong = hours.into_iter().find(|number| !range.contains(number));
                (SettingValue::Number(wrong.unwrap_or_default()), wrong.is_none())
            }
            (value @ SettingValue::Count(count), Count(_, range) | Days(_, range)) => (value, range.contains(&count)),
            // NaN is in no range.
            (value @ SettingValue::Number(number), Number(_, range)) => (value, range.contains(&number)),
            (value, _) => (value, false),
        };
        if is_allowed { Ok(()) } else { Err(ScenarioError::new(self.name, value, self.allowed())) }
    }
}

impl SettingValue {
    /// A number for each hour of the day.
    ///
    /// # Errors
    /// They are not 24.
    pub fn hours(numbers: Vec<f64>) -> Result<Self, String> {
        let count = numbers.len();
        let hours = numbers.try_into().map_err(|_| format!("must be 24 numbers, one for each hour, not {count}"))?;
        Ok(Self::Hours(hours))
    }
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Hours(hours) => {
                let numbers: Vec<String> = hours.iter().map(f64::to_string).collect();
                f.write_str(&numbers.join(","))
            }
        }
    }
}
