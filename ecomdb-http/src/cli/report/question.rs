//! Parameters of a report, as options.

use clap::{Args, ValueEnum};
use ecomdb::{Granularity, Invalid, Limit, Period, ProductId, Question, Report, RfmSegment, TimeZone, Trend, UserId};

use crate::cli::{Failure, Outcome};

/// These are parameters, not settings, so they have no environment variables.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportOptions {
    /// The product of a report on one product.
    #[arg(long, value_name = "ID")]
    product_id: Option<ProductId>,

    /// The customer of a report on one customer.
    #[arg(long, value_name = "ID")]
    user_id: Option<UserId>,

    /// Only orders placed at this time or later: a day (2026-01-31), a month (2026-01), a year (2026), or a time
    /// (2026-01-31T18:00:00Z).
    #[arg(long, value_name = "DAY")]
    from: Option<String>,

    /// Only orders placed before this time, or before this day, month or year begins.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,

    /// Maximum number of rows of a ranking: 1 to 1000. By default `report` prints 50 and `export` writes all.
    #[arg(long, value_name = "N", value_parser = limit)]
    pub(super) limit: Option<Limit>,

    /// Length of a trend's steps: hour, day, week or month.
    #[arg(long, value_name = "STEP")]
    granularity: Option<Granularity>,

    /// Compare each step of a trend with the step one whole period earlier.
    #[arg(long, value_enum, value_name = "WITH")]
    compare: Option<Compare>,

    /// Time zone of a trend's days, such as Europe/Berlin; UTC by default.
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    tz: Option<TimeZone>,

    /// Only customers of this RFM segment, such as champions.
    #[arg(long, value_name = "SEGMENT")]
    segment: Option<RfmSegment>,
}

/// The comparison of a trend.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compare {
    /// The same number of steps directly before the period.
    Previous,
}

fn limit(text: &str) -> Result<Limit, String> {
    let out_of_range = || format!("must be a whole number from 1 to {}", Limit::MAX);
    text.parse().ok().and_then(|rows| Limit::new(rows).ok()).ok_or_else(out_of_range)
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    name.parse().map_err(|invalid: Invalid| invalid.fields().iter().map(|error| error.message.as_str()).collect())
}

impl ReportOptions {
    /// The query for a report; fails for options that the report does not have.
    pub(in crate::cli) fn question(&self, report: Report) -> Result<Question, Failure> {
        self.refuse_all_but(report.takes(), report.as_str())?;
        if let Some(missing) = report.requires().filter(|required| !self.given().contains(required)) {
            return Err(Failure::Usage(format!("{report} needs {}", flag(missing))));
        }
        let usual = Trend::default();
        let time_zone = self.tz.unwrap_or(usual.time_zone);
        let trend = Trend {
            period: Period::parse_in(time_zone, self.from.as_deref(), self.to.as_deref()).map_err(|e| usage(&e))?,
            granularity: self.granularity.unwrap_or(usual.granularity),
            time_zone,
            compare_previous: self.compare.is_some(),
        };
        let (product_id, user_id) = (self.product_id, self.user_id);
        Ok(Question { trend, limit: self.limit, segment: self.segment, product_id, user_id })
    }

    /// Fails if options other than these are given.
    pub(in crate::cli) fn refuse_all_but(&self, takes: &[&str], name: &str) -> Outcome {
        let Some(option) = self.given().into_iter().find(|option| !takes.contains(option)) else {
            return Ok(());
        };
        let allowed: Vec<String> = takes.iter().map(|option| flag(option)).collect();
        let instead = if takes.is_empty() { String::new() } else { format!("; it can have {}", allowed.join(", ")) };
        Err(Failure::Usage(format!("{name} does not take {}{instead}", flag(option))))
    }

    /// Names of the options that are given, as in the REST API.
    fn given(&self) -> Vec<&'static str> {
        let options = [
            ("product_id", self.product_id.is_some()),
            ("user_id", self.user_id.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("limit", self.limit.is_some()),
            ("granularity", self.granularity.is_some()),
            ("compare", self.compare.is_some()),
            ("tz", self.tz.is_some()),
            ("segment", self.segment.is_some()),
        ];
        options.into_iter().filter(|(_, is_given)| *is_given).map(|(option, _)| option).collect()
    }
}

/// The option of a parameter.
fn flag(parameter: &str) -> String {
    format!("--{}", parameter.replace('_', "-"))
}

/// Reports every invalid parameter by its option.
pub(in crate::cli) fn usage(invalid: &Invalid) -> Failure {
    let options = invalid.fields().iter().map(|error| format!("{} {}", flag(&error.field), error.message));
    Failure::Usage(options.collect::<Vec<_>>().join("; "))
}
