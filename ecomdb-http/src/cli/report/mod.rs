//! `ecomdb report`

mod print;
mod question;

use std::fmt::Write;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ecomdb::{Database, Error, ExportFormat, Question, Report, ReportRows, metrics};

pub(super) use self::question::ReportOptions;
pub(super) use self::question::usage;
use super::terminal::{note, say, to_stdout};
use super::{Failure, Outcome, open_to_read};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the report; without it, list all reports.
    #[arg(value_parser = report_name())]
    name: Option<Report>,

    #[command(flatten)]
    options: ReportOptions,

    /// Print JSON, like the REST API.
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print CSV with a header. Text that a spreadsheet would run as a formula is prefixed with a '.
    #[arg(long)]
    csv: bool,

    /// With --csv: print all text exactly.
    #[arg(long, requires = "csv")]
    raw: bool,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let Some(report) = arguments.name else {
        return say(listing());
    };
    let mut question = arguments.options.question(report)?;
    let limit = *question.limit.get_or_insert_default();
    let rows = rows(&open_to_read(url)?, report, &question)?;
    let full = report.takes().contains(&"limit") && rows.len() as i64 == limit.get();
    if arguments.csv {
        let format = if arguments.raw { ExportFormat::Csv } else { ExportFormat::SpreadsheetCsv };
        return to_stdout(|out| rows.write(format, out).map_err(Error::Output));
    }
    if arguments.json {
        say(print::json(&rows))?;
    } else {
        print::table(&rows, question.trend.granularity)?;
        if arguments.options.limit.is_none() && full {
            note(format_args!("these are the first {} rows; --limit N shows others", limit.get()));
        }
    }
    Ok(())
}

/// The rows of a report. Invalid parameters are wrong usage.
pub(super) fn rows(database: &Database, report: Report, question: &Question) -> Result<ReportRows, Failure> {
    database.analytics().rows(report, question).map_err(|error| match error {
        Error::Invalid(invalid) => usage(&invalid),
        error => error.into(),
    })
}

/// Takes the name of a report.
fn report_name() -> impl TypedValueParser<Value = Report> {
    PossibleValuesParser::new(possible_names()).try_map(|name| name.parse::<Report>())
}

/// The names of the reports, for the help, for completions, and for suggestions when a name is mistyped.
pub(super) fn possible_names() -> impl Iterator<Item = PossibleValue> {
    Report::ALL.iter().map(|report| PossibleValue::new(report.as_str()).help(report.about()))
}

/// One line per report.
fn lines() -> String {
    let width = Report::ALL.iter().map(|report| report.as_str().len()).max().unwrap_or_default();
    let lines = Report::ALL.iter().map(|report| format!("  {report:width$}  {}", report.about()));
    lines.collect::<Vec<_>>().join("\n")
}

/// The reports, their options, and the metric dictionary.
fn listing() -> String {
    let mut text = format!("ecomdb report NAME prints a report:\n\n{}\n\nWhat the numbers mean:\n\n", lines());
    for metric in metrics::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {metric}");
    }
    text + "\n`ecomdb report --help` lists the options."
}
