//! Conversion of constraint violations to errors that name the field.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::failure::split;
use crate::error::{Conflict, Error};
use crate::types::quoted;
use crate::types::text_enum::one_of;

/// What the violation of a constraint means.
#[derive(Debug)]
pub(crate) enum Rule {
    /// Another row has the value.
    Unique { entity: &'static str, field: &'static str },
    /// The parent does not exist, or it still has children.
    Reference { field: &'static str, parent: &'static str, children: &'static str },
    /// The value is not allowed.
    Check { field: &'static str, allowed: &'static str },
    /// The value is not one of these words.
    Word { field: &'static str, words: &'static [&'static str] },
    /// The transaction lost a race, and succeeds when it is retried.
    Retried,
}

/// Names of constraints with their rules.
pub(crate) type Rules = [(&'static str, Rule)];

use Rule::{Check, Reference, Retried, Unique, Word};

/// The domain error for a violated constraint; `None` for other errors.
pub(super) fn explain(error: &DieselError, rules: &Rules) -> Option<Error> {
    let DieselError::DatabaseError(_, info) = error else { return None };
    Some(match rule(error, rules)? {
        Unique { entity, field } => {
            Conflict::Duplicate { entity, field, value: duplicate_value(words(info.as_ref())) }.into()
        }
        Reference { parent, children, .. } if is_parent_side(words(info.as_ref())) => {
            Conflict::InUse { entity: parent, id: 0, by: children, instead: "remove those first" }.into()
        }
        Reference { field, parent, .. } => Error::invalid(*field, format!("no {parent} has this id")),
        Check { field, allowed } => Error::invalid(*field, *allowed),
        Word { field, words } => Error::invalid(*field, one_of(words)),
        Retried => return None,
    })
}

/// Whether the transaction lost a race and is to be retried.
pub(super) fn is_retried(error: &DieselError, rules: &Rules) -> bool {
    matches!(rule(error, rules), Some(Retried))
}

fn rule<'a>(error: &DieselError, rules: &'a Rules) -> Option<&'a Rule> {
    let DieselError::DatabaseError(kind, info) = error else { return None };
    let find = |name: &str| rules.iter().find(|(rule, _)| *rule == name).map(|(_, rule)| rule);
    if let Some(columns) = words(info.as_ref()).strip_prefix("UNIQUE constraint failed: ") {
        let (unique, primary) = names_of_key(columns);
        return find(&unique).or_else(|| find(&primary));
    }
    find(&constraint_name(*kind, info.as_ref())?)
}

/// Name of the violated constraint. PostgreSQL reports it separately; the others include it in the message:
///
/// - SQLite: `CHECK constraint failed: users_status_check`
/// - MariaDB: `Duplicate entry 'x' for key 'users_email_key'`, ``CONSTRAINT `users_status_check` failed for ...``,
///   ``... a foreign key constraint fails (`db`.`orders`, CONSTRAINT `orders_user_id_fkey` FOREIGN KEY ...)``
/// - MySQL: `... for key 'users.users_email_key'`, `Check constraint 'users_status_check' is violated.`
fn constraint_name(kind: DatabaseErrorKind, info: &dyn DatabaseErrorInformation) -> Option<String> {
    if let Some(name) = info.constraint_name() {
        return Some(name.to_owned());
    }
    let message = words(info);
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    let quoted = match kind {
        DatabaseErrorKind::UniqueViolation => message.rsplit_once(" for key '")?.1.split('\'').next()?,
        _ if message.contains("CONSTRAINT `") => message.split_once("CONSTRAINT `")?.1.split('`').next()?,
        _ => message.split_once("Check constraint '")?.1.split('\'').next()?,
    };
    Some(quoted.rsplit('.').next().unwrap_or(quoted).to_owned())
}

/// The message without its leading error code.
fn words(info: &dyn DatabaseErrorInformation) -> &str {
    split(info.message()).1
}

/// Names that a key may have on SQLite, which reports only its columns: `UNIQUE constraint failed: t.a, t.b` is of
/// `t_a_b_key` or `t_pkey`.
fn names_of_key(columns: &str) -> (String, String) {
    let columns = columns.split(", ").map(|column| column.split_once('.').unwrap_or(("", column)));
    let table = columns.clone().next().map_or("", |(table, _)| table);
    let unique = columns.fold(table.to_owned(), |name, (_, column)| format!("{name}_{column}"));
    (unique + "_key", format!("{table}_pkey"))
}

/// True if a referenced row was to be deleted; false if a row references a missing one.
fn is_parent_side(message: &str) -> bool {
    message.contains("update or delete on table") || message.contains("Cannot delete or update a parent row")
}

/// The duplicate value, which only MariaDB and MySQL report.
fn duplicate_value(message: &str) -> String {
    let entry = message.split_once("Duplicate entry '").and_then(|(_, rest)| rest.split_once("' for key"));
    entry.map_or_else(|| "this value".to_owned(), |(value, _)| quoted(value).to_string())
}
