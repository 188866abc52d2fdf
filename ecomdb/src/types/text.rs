//! Validation of text input. All text is stored composed (NFC).

use super::Invalid;
use super::unicode::{composed, is_hidden, is_needed, is_visible};

/// Maximum length of a description in characters.
pub(crate) const DESCRIPTION: usize = 10_000;

/// Maximum length of a search text in characters, equal to that of an e-mail address.
const SOUGHT: usize = 254;

/// Validates a name: one line of 1 to `max` characters, at least one of them visible. Invisible characters are refused,
/// unless the script or emoji around them requires them.
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

/// Validates an identifier such as a SKU. Unlike names, identifiers that look the same must be equal. So invisible
/// characters and unusual spaces are refused.
pub(crate) fn identity(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = required(field, value, max)?;
    match value.chars().find(|c| is_unseen(*c)) {
        Some(c) => Err(hidden(field, c)),
        None => Ok(value),
    }
}

/// Whether a character can distinguish texts that look the same.
pub(crate) fn is_unseen(c: char) -> bool {
    is_hidden(c) || (c != ' ' && c.is_whitespace()) || c == '\u{2800}'
}

/// Validates free text, such as a reason: 1 to `max` characters, optionally on several lines.
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

/// Error for an invisible character.
pub(crate) fn hidden(field: &str, c: char) -> Invalid {
    let message = format!("must not have the character U+{:04X} there, which cannot be seen", u32::from(c));
    Invalid::new(field, message)
}

/// Trimmed and composed text with a visible character.
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

/// Refuses control characters. PostgreSQL cannot store NUL, and the others have no use in text.
fn refuse_control(field: &str, value: &str) -> Result<(), Invalid> {
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::new(field, "must not contain control characters other than line breaks and tabs"));
    }
    Ok(())
}

/// A composed search text. Refuses control characters, which no word contains.
pub(crate) fn sought(field: &str, text: &str) -> Result<String, Invalid> {
    let text = composed(text.trim_matches(' '));
    no_longer_than(field, &text, SOUGHT)?;
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    Ok(text)
}
