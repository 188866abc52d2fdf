//! `ecomdb migrate`

use ecomdb::Database;

use super::Outcome;
use super::terminal::say;

pub(super) fn run(url: &str) -> Outcome {
    let database = Database::open(url)?;
    let engine = database.engine();
    let applied = database.applied_migrations();
    if applied.is_empty() {
        return say(format_args!("nothing to do: the {engine} database has the newest schema"));
    }
    applied.iter().try_for_each(|migration| say(format_args!("applied {migration}")))?;
    say(format_args!("the {engine} database has the newest schema, after {} migrations", applied.len()))
}
