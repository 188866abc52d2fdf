//! `ecomdb export`

use std::io::{BufWriter, stdout};
use std::path::PathBuf;

use clap::Args;
use ecomdb::{Error, ExportFormat, Table};

use super::terminal::note;
use super::{Failure, Outcome, open_existing};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The table to write to the standard output: users, categories, products, price_changes, inventory, orders,
    /// order_items, payments, refunds or inventory_movements.
    #[arg(value_name = "TABLE", required_unless_present = "to", conflicts_with = "to")]
    table: Option<Table>,

    /// Write a file for each table into this folder, all of the same moment.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,

    /// csv, or ndjson for one JSON object a line.
    #[arg(long, value_name = "FORMAT", env = "ECOMDB_FORMAT", default_value = "csv")]
    format: ExportFormat,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let database = open_existing(url)?;
    if let Some(folder) = &arguments.to {
        for (table, rows) in database.export_all(arguments.format, folder)? {
            note(format_args!("{rows} rows of {table}"));
        }
    } else if let Some(table) = arguments.table {
        match database.export(table, arguments.format, &mut BufWriter::new(stdout().lock())) {
            // That nobody reads on (`ecomdb export orders | head`) is no error.
            Err(Error::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            outcome => return outcome.map(|_| ()).map_err(Failure::from),
        }
    }
    Ok(())
}
