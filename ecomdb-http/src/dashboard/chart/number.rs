//! The integers of a chart as text with their unit.

use super::scale::Scale;
use crate::dashboard::digits::decimal;

/// The unit of the integers of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Decimal places that the integer includes: 2 for cents.
    decimals: u32,
    suffix: &'static str,
}

impl Unit {
    /// Plain integers.
    pub(crate) const COUNT: Self = Self { decimals: 0, suffix: "" };
    /// Tenths of a percent.
    pub(crate) const PERCENT: Self = Self { decimals: 1, suffix: "\u{a0}%" };
    /// Hundredths of a factor.
    pub(crate) const TIMES: Self = Self { decimals: 2, suffix: "\u{a0}×" };
    /// Tenths of a day.
    pub(crate) const DAYS: Self = Self { decimals: 1, suffix: "\u{a0}days" };

    /// Money in minor units, of a currency with this many decimal places.
    pub(crate) const fn money(decimals: u32) -> Self {
        Self { decimals, suffix: "" }
    }

    /// The value, such as `−1,234.50`.
    pub(crate) fn text(self, value: impl Into<i128>) -> String {
        format!("{}{}", decimal(value.into(), self.decimals), self.suffix)
    }

    /// The integer that stands for 1.
    pub(super) const fn whole(self) -> i128 {
        10_i128.pow(self.decimals)
    }

    /// The label of a gridline, as short as the distance between gridlines allows: `0.5M`, `20k`, `250`, `0.50`.
    pub(super) fn tick(self, value: i128, scale: &Scale) -> String {
        const COMPACT: [(u32, &str); 4] = [(12, "T"), (9, "B"), (6, "M"), (3, "k")];
        let short = COMPACT.into_iter().find_map(|(power, letter)| {
            let base = self.whole() * 10_i128.pow(power);
            let smallest = if power == 3 { 10 * base } else { base };
            let fits = scale.magnitude() >= smallest && scale.step() % (base / 10) == 0;
            let tenths = u32::from(scale.step() % base != 0);
            fits.then(|| format!("{}{letter}", decimal(value * 10_i128.pow(tenths) / base, tenths)))
        });
        let text = match short {
            _ if value == 0 => "0".to_owned(),
            Some(short) => short,
            None if scale.step() % self.whole() == 0 => decimal(value / self.whole(), 0),
            None => decimal(value, self.decimals),
        };
        format!("{text}{}", self.suffix)
    }
}
