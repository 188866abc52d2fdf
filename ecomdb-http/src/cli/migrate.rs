//! `ecomdb migrate`

use ecomdb::Database;

use super::terminal::say;
use super::{Failure, Outcome};

pub(super) fn run(url: &str) -> Outcome {
    let database = Database::open(url)?;
    let engine = database.engine();
    if let Some(reason) = database.stale_views_reason() {
        let views = database.stale_views().join(", ");
        return Err(Failure::Failed(format!(
            "the views {views} have an older definition and were not recreated: {reason}"
        )));
    }
    let (applied, views) = (database.applied_migrations(), database.renewed_views());
    if applied.is_empty() && views.is_empty() {
        return say(format_args!("nothing to do: the {engine} database has the newest schema"));
    }
    applied.iter().try_for_each(|migration| say(format_args!("applied {migration}")))?;
    if !views.is_empty() {
        say(format_args!("made the views {}", views.join(", ")))?;
    }
    say(format_args!("the {engine} database has the newest schema"))
}
