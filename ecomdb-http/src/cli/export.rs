//! `ecomdb export`

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ecomdb::{Error, ExportFormat, Report, Table};

use super::existing::{if_exists, or_overwrite};
use super::report::{self, ReportOptions};
use super::terminal::{note, to_stdout};
use super::{Failure, Outcome, open_to_read, stop};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The table or report to write to standard output.
    #[arg(value_name = "NAME", value_parser = source(), required_unless_present = "folder", conflicts_with = "folder")]
    name: Option<Source>,

    /// Write one file per table into this folder, from one snapshot.
    #[arg(long = "into", value_name = "DIR")]
    folder: Option<PathBuf>,

    /// With --into: replace files that exist.
    #[arg(long, requires = "folder", conflicts_with = "name")]
    overwrite: bool,

    /// csv, or ndjson: one JSON object per line.
    #[arg(long, value_name = "FORMAT", env = "ECOMDB_FORMAT", default_value = "csv")]
    format: ExportFormat,

    /// With csv: prefix text that a spreadsheet would run as a formula with a '. By default all text is exact.
    #[arg(long)]
    for_spreadsheet: bool,

    #[command(flatten, next_help_heading = "Of a report")]
    options: ReportOptions,
}

/// The table or report to export.
#[derive(Debug, Clone, Copy)]
enum Source {
    Table(Table),
    Report(Report),
}

/// Takes the name of a table or of a report.
fn source() -> impl TypedValueParser<Value = Source> {
    let tables = Table::ALL.iter().map(|table| PossibleValue::new(table.as_str()));
    PossibleValuesParser::new(tables.chain(report::possible_names())).try_map(|name| {
        let table = name.parse().map(Source::Table);
        table.or_else(|_: String| name.parse().map(Source::Report))
    })
}

impl Arguments {
    fn format(&self) -> Result<ExportFormat, Failure> {
        if !self.for_spreadsheet {
            return Ok(self.format);
        }
        self.format.for_spreadsheet().map_err(|invalid| report::usage(&invalid))
    }
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let Arguments { name, folder, options, .. } = arguments;
    let format = &arguments.format()?;
    match (name, folder) {
        (Some(Source::Report(report)), _) => {
            let question = options.question(*report)?;
            let rows = report::rows(&open_to_read(url)?, *report, &question)?;
            to_stdout(|out| rows.write(*format, out).map_err(Error::Output))
        }
        (Some(Source::Table(table)), _) => {
            options.refuse_all_but(&[], &format!("the table {table}"))?;
            let database = open_to_read(url)?;
            to_stdout(|out| database.export(*table, *format, out))
        }
        (None, Some(folder)) => {
            options.refuse_all_but(&[], "--into")?;
            stop::ends_the_program()?;
            let exported = open_to_read(url)?.export_all(*format, folder, if_exists(arguments.overwrite));
            for (table, rows) in exported.map_err(or_overwrite)? {
                note(format_args!("{rows} rows of {table}"));
            }
            Ok(())
        }
        (None, None) => Ok(()),
    }
}
