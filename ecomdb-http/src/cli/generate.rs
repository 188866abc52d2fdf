//! `ecomdb generate`

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::Args;
use ecomdb::Database;
use ecomdb::generator::{Dataset, Progress, Scenario, Step, Summary};
use indicatif::{ProgressBar, ProgressStyle};

use super::scenario::{Wanted, midnight};
use super::terminal::{note, say};
use super::{Failure, Outcome};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    scenario: Wanted,

    /// Measure the orders against what was asked for, print it, and exit 1 if anything is out of tolerance.
    #[arg(long, env = "ECOMDB_REPORT")]
    report: bool,

    /// Write a CSV file for each table into this folder instead of filling a database.
    #[arg(long, value_name = "DIR", env = "ECOMDB_CSV")]
    csv: Option<PathBuf>,
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let scenario = arguments.scenario.scenario()?;
    let mut show = progress(scenario.orders);
    let summary = match &arguments.csv {
        Some(folder) => {
            let threads = available_parallelism().map_or(1, usize::from);
            Dataset::new(scenario.clone()).map_err(ecomdb::Error::from)?.write_csv(folder, threads, &mut show)?
        }
        None => Database::open(url)?.generate(&scenario, &mut show)?,
    };
    drop(show);
    tell(&summary);
    if arguments.report { report(scenario) } else { Ok(()) }
}

/// A shop to look around in, for an empty database; another is left alone.
pub(super) fn demo(database: &Database) -> Outcome {
    let scenario = Scenario::demo(midnight());
    let mut show = progress(scenario.orders);
    let made = database.generate_if_empty(&scenario, &mut show)?;
    drop(show);
    match made {
        Some(summary) => tell(&summary),
        None => say("the database has a shop already, so no demo was put into it"),
    }
    Ok(())
}

fn tell(summary: &Summary) {
    let rows = |table| summary.rows(table).unwrap_or(0);
    let (users, products, orders) = (rows("users"), rows("products"), rows("orders"));
    say(format_args!("generated {users} users, {products} products and {orders} orders"));
}

/// Does the shop look as it was asked for?
fn report(scenario: Scenario) -> Outcome {
    let dataset = Dataset::new(scenario).map_err(ecomdb::Error::from)?;
    let report = dataset.realism_report();
    say(report.to_string().trim_end());
    if report.is_ok() { Ok(()) } else { Err(Failure::Found) }
}

/// Shows how many orders there are: as a bar on a terminal, and as a line for every tenth of them otherwise.
fn progress(orders: u64) -> Box<dyn FnMut(Progress) -> ControlFlow<()>> {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new(orders).with_style(style());
        return Box::new(move |progress| {
            bar.set_position(progress.orders);
            bar.set_message(match progress.step {
                Step::Reports => "summing up the sales".to_owned(),
                Step::Indexes => "making indexes".to_owned(),
                Step::Done => "saving".to_owned(),
                _ => format!("{:.0} rows/s", progress.rate()),
            });
            ControlFlow::Continue(())
        });
    }
    let mut next = orders.div_ceil(10).max(1);
    Box::new(move |progress| {
        if progress.orders >= next {
            note(format_args!("{} of {orders} orders, {:.0} rows/s", progress.orders, progress.rate()));
            while next <= progress.orders {
                next += orders.div_ceil(10).max(1);
            }
        }
        ControlFlow::Continue(())
    })
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} orders, {eta} left, {msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
