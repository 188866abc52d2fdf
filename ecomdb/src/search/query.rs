//! The words of a search.

use std::borrow::Cow;

use super::terms::Term;
use super::tokens::{Part, pairs, parts, tokens};
use crate::types::unicode::searchable;
use crate::types::{Invalid, in_unicode, text};

/// Words of a search that count.
const MOST: usize = 32;

/// The terms that a word matches: from one text, and before another, in the order of code points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: String,
    pub(crate) before: String,
}

impl Range {
    /// Terms that begin with this one.
    fn beginning_with(term: Term) -> Self {
        let from = term.as_str().to_owned();
        Self { before: format!("{from}\u{10ffff}"), from }
    }

    /// This term alone. `!` comes before all characters of terms, and after the spaces with which MariaDB pads texts.
    fn equal_to(term: Term) -> Self {
        let from = term.as_str().to_owned();
        Self { before: format!("{from}!"), from }
    }
}

/// The first words of a search, each once. A word matches terms that begin with it. In a word with punctuation inside, such as
/// `KD-48` or `anna.smith@example`, only the last part may be the beginning of a longer one.
///
/// # Errors
/// [`Invalid`] (`search`) for a text of more than 254 characters, or with control characters.
pub(super) fn words(search: &str) -> Result<Vec<Range>, Invalid> {
    let search = text::sought("search", search)?;
    let mut words = Vec::new();
    for token in tokens(&search) {
        let token = with_decoded_host(token);
        let folded = searchable(&token);
        let mut ranges = Vec::new();
        for token in tokens(&folded) {
            let mut parts = parts(token).peekable();
            while let Some(part) = parts.next() {
                let is_last = parts.peek().is_none();
                match part {
                    Part::Word(word) if is_last => ranges.push(Range::beginning_with(Term::new(word))),
                    Part::Word(word) => ranges.push(Range::equal_to(Term::new(word))),
                    Part::Unspaced(run) => {
                        ranges.extend(pairs(run).map(|pair| Range::beginning_with(Term::new(pair))));
                    }
                }
            }
        }
        for range in ranges {
            if !words.contains(&range) {
                words.push(range);
            }
        }
    }
    words.truncate(MOST);
    Ok(words)
}

/// The token with its host name in Unicode form, in which addresses are stored.
fn with_decoded_host(token: &str) -> Cow<'_, str> {
    if !token.to_ascii_lowercase().contains("xn--") {
        return Cow::Borrowed(token);
    }
    let (local, host) = token.rsplit_once('@').unwrap_or(("", token));
    in_unicode(host).map_or(Cow::Borrowed(token), |host| Cow::Owned(format!("{local}@{host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sought(search: &str) -> Vec<String> {
        let shown = |range: Range| if range.before.ends_with('!') { range.from } else { range.from + "*" };
        words(search).unwrap().into_iter().map(shown).collect()
    }

    #[test]
    fn words_match_by_their_beginning_and_inner_parts_as_a_whole() {
        assert_eq!(sought("Desk  LAMP desk"), ["desk*", "lamp*"]);
        assert_eq!(sought("KD-48"), ["kd", "48*"]);
        assert_eq!(sought("\u{c9}va.Smith@Example.com"), ["eva", "smith", "example", "com*"]);
        assert_eq!(sought("ada@xn--mnchen-3ya.example"), ["ada", "munchen", "example*"]);
        assert_eq!(sought("\u{5317}\u{4eac}\u{5e02}"), ["\u{5317}\u{4eac}*", "\u{4eac}\u{5e02}*"]);
        assert_eq!(sought("%_! -- "), [""; 0]);
    }

    #[test]
    fn a_search_is_bounded() {
        assert!(words(&"x".repeat(254)).is_ok() && words(&"x".repeat(255)).is_err());
        let many = |count| (0..count).map(|n| format!("{n:02} ")).collect::<String>();
        assert_eq!(words(&many(32)).unwrap().len(), 32);
        assert_eq!(words(&many(33)).unwrap(), words(&many(32)).unwrap());
        assert!(words("a\0b").is_err());
    }
}
