//! Rules for text that people type.

use crate::backend::Connection;
use crate::error::Invalid;

/// The longest description of a product or category, in characters.
pub(crate) const DESCRIPTION: usize = 10_000;

/// The longest text to look for, in characters: as long as an e-mail address can be.
const SOUGHT: usize = 254;

/// Trims, and refuses what is empty, longer than `max` characters, or has control characters. (PostgreSQL cannot
/// store NUL, and no name has a line break.)
pub(crate) fn required(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Invalid::new(field, format!("must have 1 to {max} characters, not none")));
    }
    no_longer_than(field, value, max)?;
    if value.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    Ok(value.to_owned())
}

/// Like [`required`], but may be empty and may have several lines.
pub(crate) fn optional(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = value.trim();
    no_longer_than(field, value, max)?;
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::new(field, "must not contain control characters other than line breaks and tabs"));
    }
    Ok(value.to_owned())
}

fn no_longer_than(field: &str, value: &str, max: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length > max {
        return Err(Invalid::new(field, format!("must have at most {max} characters, not {length}")));
    }
    Ok(())
}

diesel::define_sql_function! {
    /// Lower case as the engine knows it: at least that of ASCII letters.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A LIKE pattern for what [`lower`] makes of text that contains this one, with `!` as its escape character. What no text
/// can contain is refused: PostgreSQL cannot take NUL even here, and SQLite no pattern of 50,000 bytes.
pub(crate) fn contains(conn: &Connection, field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim_matches(' ');
    no_longer_than(field, text, SOUGHT)?;
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    let mut pattern = String::from("%");
    for c in conn.lower(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Ok(pattern)
}
