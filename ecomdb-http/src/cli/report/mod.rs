//! `ecomdb report`

mod print;
mod reports;

use clap::{Args, ValueEnum};
use ecomdb::{Error, Granularity, Invalid, Limit, Period, RfmSegment, TimeZone, Trend};

use self::reports::{REPORTS, Report};
use super::terminal::{note, say};
use super::{Failure, Outcome, open_existing};

/// These are questions and no settings, so they have no environment variables.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which report; without a name, they are listed.
    name: Option<String>,

    /// Only orders placed from this day, such as 2026-01-31, or time on.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,

    /// Only orders placed before this day or time.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,

    /// How many rows at the most: 1 to 1000, 50 unless given.
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<Limit>,

    /// How long the steps of a trend are: day, week or month.
    #[arg(long, value_name = "STEP")]
    granularity: Option<Granularity>,

    /// Beside each step of a trend, what was as many steps earlier as the trend has.
    #[arg(long, value_enum, value_name = "WITH")]
    compare: Option<Compare>,

    /// The time zone that the days of a trend are in, such as Europe/Berlin; UTC unless given.
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    tz: Option<TimeZone>,

    /// Only customers of this RFM segment, such as champions.
    #[arg(long, value_name = "SEGMENT")]
    segment: Option<RfmSegment>,

    /// As JSON, like the REST API.
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// As CSV, with a line of column names.
    #[arg(long)]
    csv: bool,
}

/// What a trend is compared with.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compare {
    /// The same number of steps before it.
    Previous,
}

/// What somebody wants to know of a report.
struct Asked {
    /// Of which the other reports take the period.
    trend: Trend,
    limit: Limit,
    segment: Option<RfmSegment>,
}

fn limit(text: &str) -> Result<Limit, String> {
    let out_of_range = || format!("must be a whole number from 1 to {}", Limit::MAX);
    text.parse().ok().and_then(|rows| Limit::new(rows).ok()).ok_or_else(out_of_range)
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    name.parse().map_err(|invalid: Invalid| invalid.fields().iter().map(|error| error.message.as_str()).collect())
}

pub(super) fn run(url: &str, arguments: Arguments) -> Outcome {
    let Some(name) = &arguments.name else {
        say(reports::listing());
        return Ok(());
    };
    let report = REPORTS.iter().find(|report| report.name == name).ok_or_else(|| unknown(name))?;
    refuse_what_it_does_not_take(report, &arguments)?;
    let asked = asked(&arguments).map_err(usage)?;
    let database = open_existing(url)?;
    let rows = (report.run)(database.analytics(), &asked).map_err(|error| match error {
        Error::Invalid(invalid) => usage(invalid),
        error => error.into(),
    })?;
    let full = report.takes.contains(&"limit") && rows.count() as i64 == asked.limit.get();
    if arguments.json {
        say(rows.json);
    } else if arguments.csv {
        print::csv(&rows)?;
    } else {
        // Between which moments a step of a trend lies would make its rows too wide; the date tells.
        print::table(&rows.without(&["from", "to"]));
        if arguments.limit.is_none() && full {
            note(format_args!("these are the first {} rows; --limit N shows others", asked.limit.get()));
        }
    }
    Ok(())
}

fn unknown(name: &str) -> Failure {
    Failure::Usage(format!("there is no report {name}; there are:\n{}", reports::names()))
}

/// Every parameter that is wrong, as an option.
fn usage(invalid: Invalid) -> Failure {
    let options = invalid.fields().iter().map(|error| format!("--{} {}", error.field, error.message));
    Failure::Usage(options.collect::<Vec<_>>().join("; "))
}

fn refuse_what_it_does_not_take(report: &Report, arguments: &Arguments) -> Outcome {
    let given = [
        ("from", arguments.from.is_some()),
        ("to", arguments.to.is_some()),
        ("limit", arguments.limit.is_some()),
        ("granularity", arguments.granularity.is_some()),
        ("compare", arguments.compare.is_some()),
        ("tz", arguments.tz.is_some()),
        ("segment", arguments.segment.is_some()),
    ];
    match given.iter().find(|(option, is_given)| *is_given && !report.takes.contains(option)) {
        Some((option, _)) => Err(Failure::Usage(format!(
            "{} does not take --{option}; it can have --{}",
            report.name,
            report.takes.join(", --")
        ))),
        None => Ok(()),
    }
}

fn asked(arguments: &Arguments) -> Result<Asked, Invalid> {
    let usual = Trend::default();
    let time_zone = arguments.tz.unwrap_or(usual.time_zone);
    let trend = Trend {
        period: Period::parse_in(time_zone, arguments.from.as_deref(), arguments.to.as_deref())?,
        granularity: arguments.granularity.unwrap_or(usual.granularity),
        time_zone,
        compare_previous: arguments.compare.is_some(),
    };
    Ok(Asked { trend, limit: arguments.limit.unwrap_or_default(), segment: arguments.segment })
}
