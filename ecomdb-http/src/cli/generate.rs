//! `ecomdb generate`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread::available_parallelism;
use std::time::Instant;

use clap::Args;
use ecomdb::generator::{Dataset, Progress, Scenario, Summary};
use ecomdb::{Database, Error, ShopPatch};

use super::existing::{if_exists, or_overwrite};
use super::progress::Display;
use super::scenario::{Wanted, midnight, usual_values};
use super::terminal::{note, say};
use super::{Failure, Outcome, on_or_off, stop};

#[derive(Debug, Args)]
#[command(after_help = usual_values())]
pub(super) struct Arguments {
    /// Measure whether the orders match the requested values, print the result, and exit 1 if any is out of tolerance.
    #[arg(long, env = "ECOMDB_REPORT", value_parser = on_or_off)]
    report: bool,

    /// Write one CSV file per table into this folder instead of filling a database.
    #[arg(long, value_name = "DIR", env = "ECOMDB_CSV")]
    csv: Option<PathBuf>,

    /// With --csv: replace files that exist.
    #[arg(long, requires = "csv")]
    overwrite: bool,

    #[command(flatten)]
    scenario: Wanted,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let scenario = arguments.scenario.scenario()?;
    let stop = stop::flag(|| note("stopping, and undoing what was done; once more ends it at once"));
    let stop = stop.map_err(|error| Failure::Failed(format!("cannot listen for Ctrl-C: {error}")))?;
    let mut display = Display::new(scenario.orders);
    let show = |progress: Progress| {
        display.show(&progress);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let started = Instant::now();
    let made = match &arguments.csv {
        Some(folder) => {
            let threads = available_parallelism().map_or(1, usize::from);
            let dataset = Dataset::new(scenario.clone()).map_err(Error::from)?;
            dataset.write_csv(folder, if_exists(arguments.overwrite), threads, show)
        }
        None => Database::open(url)?.generate(&scenario, show),
    };
    drop(display);
    let summary = made.map_err(|error| match error {
        Error::RolledBack => Failure::Failed("stopped before it was done: everything is as it was".to_owned()),
        Error::Contention { .. } => Failure::Failed(format!(
            "{error}: all rows are written in one transaction, which loses as long as others write to the shop; generate \
             before it is open, or stop its servers meanwhile"
        )),
        error => or_overwrite(error),
    })?;
    tell(&summary, started)?;
    if arguments.report { report(scenario) } else { Ok(()) }
}

/// Fills an empty database with the demo preset; leaves any other alone.
pub(super) fn demo(database: &Database) -> Outcome {
    let scenario = Scenario::demo(midnight());
    let started = Instant::now();
    let mut display = Display::new(scenario.orders);
    let made = database.generate_if_empty(&scenario, |progress| {
        display.show(&progress);
        ControlFlow::Continue(())
    })?;
    drop(display);
    match made {
        Some(summary) => {
            database.shop().update(ShopPatch::default().name("Demo shop"))?;
            tell(&summary, started)
        }
        None => say("the database has a shop already, so no demo was put into it"),
    }
}

fn tell(summary: &Summary, started: Instant) -> Outcome {
    let rows = |table| summary.rows(table).unwrap_or(0);
    let (users, products, orders) = (rows("users"), rows("products"), rows("orders"));
    say(format_args!("generated {users} users, {products} products and {orders} orders"))?;
    note(format_args!("{} rows in {:.1} s", summary.all_rows(), started.elapsed().as_secs_f64()));
    Ok(())
}

/// Measures whether the shop matches its scenario.
fn report(scenario: Scenario) -> Outcome {
    let dataset = Dataset::new(scenario).map_err(Error::from)?;
    let report = dataset.realism_report();
    say(report.to_string().trim_end())?;
    if report.is_ok() { Ok(()) } else { Err(Failure::Found) }
}
