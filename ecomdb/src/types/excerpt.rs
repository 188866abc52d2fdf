//! Shortening of external text for messages and logs.

use std::borrow::Cow;

/// The text; if longer than `max` characters, its beginning and end with `…` between them. Both ends are kept, because
/// messages state the allowed values before or after the quoted one.
///
/// ```
/// assert_eq!(ecomdb::excerpt("must be a date", 40), "must be a date");
/// let long = format!("must be a date, not {}!", "x".repeat(1_000_000));
/// assert_eq!(ecomdb::excerpt(&long, 40), "must be a date, not xxxxxxxxx…xxxxxxxxx!");
/// ```
#[must_use]
pub fn excerpt(text: &str, max: usize) -> Cow<'_, str> {
    // A text has at least as many bytes as characters.
    if text.len() <= max || text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    let behind = max / 4;
    let before = max.saturating_sub(behind + 1);
    let start = text.char_indices().nth(before).map_or(text.len(), |(index, _)| index);
    let end = text.char_indices().rev().take(behind).last().map_or(text.len(), |(index, _)| index);
    Cow::Owned(format!("{}…{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_keeps_its_beginning_and_its_end() {
        assert_eq!(excerpt("ééééé", 5), "ééééé");
        assert_eq!(excerpt("éabcdefghé", 8), "éabcd…hé");
        assert_eq!(excerpt("abc", 1), "…");
        assert_eq!(excerpt("abc", 0), "…");
    }
}
