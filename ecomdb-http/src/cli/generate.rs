//! `ecomdb generate`

use std::io::IsTerminal;
use std::ops::ControlFlow;

use chrono::{DateTime, NaiveTime, Utc};
use clap::Args;
use ecomdb::generator::Scenario;
use ecomdb::{Conflict, Database, Error, Period};
use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::{note, say};
use super::{Failure, Outcome};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many users.
    #[arg(long, value_name = "N", env = "ECOMDB_USERS", default_value_t = 3_000)]
    users: u64,

    /// How many products.
    #[arg(long, value_name = "N", env = "ECOMDB_PRODUCTS", default_value_t = 400)]
    products: u64,

    /// How many orders.
    #[arg(long, value_name = "N", env = "ECOMDB_ORDERS", default_value_t = 12_000)]
    orders: u64,

    /// Another seed makes another shop; the same seed, numbers and end make the same one.
    #[arg(long, value_name = "N", env = "ECOMDB_SEED", default_value_t = 1)]
    seed: u64,

    /// When the two years of the shop end: a day such as 2026-01-31, or a time. Today, unless given.
    #[arg(long, value_name = "DAY", env = "ECOMDB_UNTIL", value_parser = moment)]
    until: Option<DateTime<Utc>>,
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    match Period::parse(None, Some(text)).map(|period| period.to()) {
        Ok(Some(moment)) if moment <= Utc::now() => Ok(moment),
        Ok(_) => Err("orders are never placed in the future".to_owned()),
        Err(invalid) => Err(invalid.fields().iter().map(|field| field.message.as_str()).collect()),
    }
}

pub(super) fn run(url: &str, arguments: &Arguments) -> Outcome {
    let Arguments { users, products, orders, seed, until } = *arguments;
    let scenario = Scenario { users, products, orders, seed, ..Scenario::new(until.unwrap_or_else(midnight)) };
    scenario.validate().map_err(|error| {
        Failure::Usage(format!(
            "--{} {} is out of bounds: allowed is {}",
            error.field(),
            error.value(),
            error.allowed()
        ))
    })?;
    fill(&Database::open(url)?, &scenario)
}

/// A shop to look around in, for an empty database; another is left alone.
pub(super) fn demo(database: &Database) -> Outcome {
    match generate(database, &Scenario::demo(midnight())) {
        Err(Error::Conflict(Conflict::NotEmpty { .. })) => {
            say("the database has a shop already, so no demo was put into it");
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}

fn fill(database: &Database, scenario: &Scenario) -> Outcome {
    match generate(database, scenario) {
        Err(Error::Conflict(Conflict::NotEmpty { .. })) => Err(Failure::Failed(
            "the shop is not empty: name another database with --database, or empty this one with `ecomdb reset`"
                .to_owned(),
        )),
        outcome => Ok(outcome?),
    }
}

fn generate(database: &Database, scenario: &Scenario) -> ecomdb::Result<()> {
    let Scenario { users, products, orders, .. } = *scenario;
    let mut show = progress(orders);
    database.generate(scenario, |progress| {
        show(progress.orders);
        ControlFlow::Continue(())
    })?;
    drop(show);
    say(format_args!("generated {users} users, {products} products and {orders} orders"));
    Ok(())
}

/// Shows how many orders there are: as a bar on a terminal, and as a line for every tenth of them otherwise.
fn progress(orders: u64) -> Box<dyn FnMut(u64)> {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new(orders).with_style(style());
        return Box::new(move |done| bar.set_position(done));
    }
    let mut next = orders.div_ceil(10).max(1);
    Box::new(move |done| {
        if done >= next {
            note(format_args!("{done} of {orders} orders"));
            while next <= done {
                next += orders.div_ceil(10).max(1);
            }
        }
    })
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} orders, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The last midnight: what is generated on the same day is the same.
fn midnight() -> DateTime<Utc> {
    Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}
