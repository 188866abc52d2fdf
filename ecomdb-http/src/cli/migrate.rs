//! `ecomdb migrate`

use ecomdb::Database;

use super::Outcome;
use super::terminal::say;

pub(super) fn run(url: &str) -> Outcome {
    let database = Database::open(url)?;
    say(format_args!("the {} database has the newest schema", database.engine()))
}
