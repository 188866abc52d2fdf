//! `ecomdb rebuild`

use ecomdb::Period;

use super::terminal::say;
use super::{Outcome, open_existing};

pub(super) fn run(url: &str) -> Outcome {
    let database = open_existing(url)?;
    database.rebuild()?;
    let total = database.analytics().total_revenue(&Period::ALL)?;
    say(format_args!(
        "rollups and search terms rebuilt: {} completed orders, {} of revenue",
        total.orders, total.total_revenue
    ))
}
