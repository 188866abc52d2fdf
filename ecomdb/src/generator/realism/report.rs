//! Requested and measured values of a dataset.

use super::TOO_FEW;

/// Requested and measured value of one property.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Name of the field of [`Scenario`](crate::generator::Scenario).
    pub name: &'static str,
    /// Value of the scenario, as far as its other fields allow it.
    pub asked: f64,
    /// Value measured from the rows; `None` if there are too few.
    pub measured: Option<f64>,
    /// Maximum difference between both values.
    pub tolerance: f64,
}

impl Measure {
    pub(super) fn share(name: &'static str, asked: f64, count: u64, of: u64) -> Self {
        let total = of.max(1) as f64;
        Self {
            name,
            asked,
            measured: (of >= TOO_FEW).then(|| count as f64 / total),
            tolerance: 0.001 + 4.0 * (asked * (1.0 - asked) / total).sqrt(),
        }
    }

    /// Whether the measured value is within tolerance. True if there is none.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let within = |measured: f64| (measured - self.asked).abs() <= self.tolerance;
        self.measured.is_none_or(within)
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, asked, measured, tolerance } = self;
        write!(f, "{name:<19} asked {asked:>7.4}")?;
        let Some(measured) = measured else { return write!(f, "   too few orders to measure") };
        let verdict = if self.is_ok() { "ok" } else { "NOT OK" };
        write!(f, "   measured {measured:>7.4}   {verdict}: may differ by {tolerance:.4}")
    }
}

/// All measures of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct RealismReport {
    /// One measure per property.
    pub measures: Vec<Measure>,
}

impl RealismReport {
    /// Whether every measure is within its tolerance.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.measures.iter().all(Measure::is_ok)
    }
}

impl std::fmt::Display for RealismReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.measures.iter().try_for_each(|measure| writeln!(f, "{measure}"))
    }
}
