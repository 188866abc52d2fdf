//! Splitting text into words.

use crate::types::unicode::{is_of_word, is_unspaced};

/// A part of a token: a word, or a run of a script without spaces between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Word(&'a str),
    Unspaced(&'a str),
}

/// Tokens of a text, which are separated by spaces.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(char::is_whitespace).filter(|token| !token.is_empty())
}

/// Parts of a folded token: `kd-482` has `kd` and `482`.
pub(super) fn parts(token: &str) -> impl Iterator<Item = Part<'_>> {
    let runs = token.split(|c| !is_of_word(c)).filter(|run| !run.is_empty());
    runs.flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let is_one = is_unspaced(rest.chars().next()?);
            let end = rest.find(|c| is_unspaced(c) != is_one).unwrap_or(rest.len());
            let (part, next) = rest.split_at(end);
            rest = next;
            Some(if is_one { Part::Unspaced(part) } else { Part::Word(part) })
        })
    })
}

/// Pairs of adjacent characters, in which text without spaces is found; a single character is a pair by itself.
pub(super) fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = run.char_indices().map(|(start, _)| start).collect();
    starts.push(run.len());
    let count = starts.len().saturating_sub(2).max(1);
    (0..count).map(move |i| &run[starts[i]..starts[(i + 2).min(starts.len() - 1)]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_parts_between_its_punctuation_and_scripts() {
        let all = |token| parts(token).collect::<Vec<_>>();
        assert_eq!(all("(kd-482)"), [Part::Word("kd"), Part::Word("482")]);
        assert_eq!(all("%_!"), []);
        assert_eq!(
            all("sony\u{96fb}\u{6c60}3v"),
            [Part::Word("sony"), Part::Unspaced("\u{96fb}\u{6c60}"), Part::Word("3v")]
        );
    }

    #[test]
    fn text_without_spaces_is_cut_into_pairs() {
        let all = |run| pairs(run).collect::<Vec<_>>();
        assert_eq!(all("\u{5317}"), ["\u{5317}"]);
        assert_eq!(all("\u{5317}\u{4eac}"), ["\u{5317}\u{4eac}"]);
        assert_eq!(all("\u{5317}\u{4eac}\u{5e02}"), ["\u{5317}\u{4eac}", "\u{4eac}\u{5e02}"]);
    }
}
