//! Rules for text that people type. All of it is stored composed (NFC).

use super::unicode::{composed, is_hidden, is_needed, is_visible};
use crate::error::Invalid;

/// The longest description of a product or category, in characters.
pub(crate) const DESCRIPTION: usize = 10_000;

/// The longest text to look for, in characters: as long as an e-mail address can be.
const SOUGHT: usize = 254;

/// What somebody or something is called: one line of 1 to `max` characters, one of which can be seen. Characters that
/// cannot be seen are refused, unless a script or an emoji needs them where they are.
pub(crate) fn name(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = required(field, value, max)?;
    let mut before = None;
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        if is_hidden(c) && !is_needed(before, c, rest.peek().copied()) {
            return Err(hidden(field, c));
        }
        before = Some(c);
    }
    Ok(value)
}

/// What something is found by, such as a SKU: like a name, but two that look the same are the same. So no character is
/// taken that cannot be seen, and no space but the usual one.
pub(crate) fn identity(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = required(field, value, max)?;
    match value.chars().find(|c| is_unseen(*c)) {
        Some(c) => Err(hidden(field, c)),
        None => Ok(value),
    }
}

/// Whether it can make two texts different that look the same.
pub(crate) fn is_unseen(c: char) -> bool {
    is_hidden(c) || (c != ' ' && c.is_whitespace()) || c == '\u{2800}'
}

/// Free text, such as a reason: 1 to `max` characters, perhaps on several lines.
pub(crate) fn free(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = required(field, value, max)?;
    refuse_control(field, &value)?;
    Ok(value)
}

/// Like [`free`], but may be empty.
pub(crate) fn optional(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = composed(value.trim());
    no_longer_than(field, &value, max)?;
    refuse_control(field, &value)?;
    Ok(value)
}

/// The error for a character that cannot be seen.
pub(crate) fn hidden(field: &str, c: char) -> Invalid {
    let message = format!("must not have the character U+{:04X} there, which cannot be seen", u32::from(c));
    Invalid::new(field, message)
}

/// Trimmed and composed. Something of it can be seen.
fn required(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = composed(value.trim());
    if value.is_empty() {
        return Err(Invalid::new(field, format!("must have 1 to {max} characters, not none")));
    }
    no_longer_than(field, &value, max)?;
    if !value.chars().any(is_visible) {
        return Err(Invalid::new(field, "must have a character that can be seen"));
    }
    Ok(value)
}

fn no_longer_than(field: &str, value: &str, max: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length > max {
        return Err(Invalid::new(field, format!("must have at most {max} characters, not {length}")));
    }
    Ok(())
}

/// PostgreSQL cannot store NUL, and the others are of no use in a text.
fn refuse_control(field: &str, value: &str) -> Result<(), Invalid> {
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::new(field, "must not contain control characters other than line breaks and tabs"));
    }
    Ok(())
}

diesel::define_sql_function! {
    /// Lower case as the engine knows it: at least that of ASCII letters.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A text to look for, composed. What no text can contain is refused: PostgreSQL cannot take NUL even here, and SQLite no
/// pattern of 50,000 bytes.
pub(crate) fn sought(field: &str, text: &str) -> Result<String, Invalid> {
    let text = composed(text.trim_matches(' '));
    no_longer_than(field, &text, SOUGHT)?;
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    Ok(text)
}

/// A LIKE pattern for what contains this text, with `!` as its escape character.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
