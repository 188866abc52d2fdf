//! The terms of a row.

use std::fmt;

use super::tokens::{Part, pairs, parts, tokens};
use crate::types::unicode::searchable;

/// Maximum length of a term in bytes. A longer word counts with its beginning.
const LENGTH: usize = 64;
/// Maximum number of terms of a user and of a product. Words after them are not found.
const OF_USER: usize = 32;
const OF_PRODUCT: usize = 64;

/// A folded word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    bytes: [u8; LENGTH],
    length: u8,
}

impl Term {
    pub(super) fn new(word: &str) -> Self {
        let end = (0..=LENGTH.min(word.len())).rev().find(|end| word.is_char_boundary(*end)).unwrap_or_default();
        let mut bytes = [0; LENGTH];
        bytes[..end].copy_from_slice(&word.as_bytes()[..end]);
        Self { bytes, length: end as u8 }
    }

    pub(crate) fn as_str(&self) -> &str {
        // Cut at the boundary of a character, so the fallback is never used.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The terms of a user, sorted, each once.
pub(crate) fn of_user(first_name: &str, last_name: &str, email: &str) -> Vec<Term> {
    let mut terms = Terms { terms: Vec::with_capacity(8), most: OF_USER };
    terms.add_joined(first_name);
    terms.add_joined(last_name);
    terms.add(email);
    terms.sorted()
}

/// The terms of a product, sorted, each once. Those of the description come last, so they are the first to be left out.
/// `options` is the JSON array of the option values, whose punctuation separates words.
pub(crate) fn of_product(sku: &str, name: &str, category: &str, options: &str, description: &str) -> Vec<Term> {
    let mut terms = Terms { terms: Vec::with_capacity(32), most: OF_PRODUCT };
    terms.add_joined(sku);
    terms.add_joined(name);
    terms.add_joined(category);
    terms.add(options);
    terms.add(description);
    terms.sorted()
}

struct Terms {
    terms: Vec<Term>,
    most: usize,
}

impl Terms {
    fn add(&mut self, text: &str) {
        for token in tokens(&searchable(text)) {
            if self.terms.len() == self.most {
                break;
            }
            parts(token).for_each(|part| self.add_part(part));
        }
    }

    /// Adds words, and those with punctuation inside also without it: `kd-482` as `kd`, `482` and `kd482`.
    fn add_joined(&mut self, text: &str) {
        for token in tokens(&searchable(text)) {
            let mut joined = String::new();
            let mut count = 0;
            for part in parts(token) {
                self.add_part(part);
                if let Part::Word(word) = part {
                    joined.push_str(word);
                    count += 1;
                }
            }
            if count > 1 {
                self.add_term(&joined);
            }
        }
    }

    fn add_part(&mut self, part: Part<'_>) {
        match part {
            Part::Word(word) => self.add_term(word),
            Part::Unspaced(run) => {
                pairs(run).for_each(|pair| self.add_term(pair));
                // Its last character alone, so that each character is found.
                if let Some((start, _)) = run.char_indices().next_back() {
                    self.add_term(&run[start..]);
                }
            }
        }
    }

    fn add_term(&mut self, word: &str) {
        let term = Term::new(word);
        if self.terms.len() < self.most && !self.terms.contains(&term) {
            self.terms.push(term);
        }
    }

    fn sorted(mut self) -> Vec<Term> {
        self.terms.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        self.terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(terms: &[Term]) -> Vec<&str> {
        terms.iter().map(Term::as_str).collect()
    }

    #[test]
    fn a_user_is_found_by_names_and_parts_of_the_address() {
        let terms = of_user("\u{c9}va", "O'Neill", "eva.oneill+shop@mail.example.com");
        assert_eq!(words(&terms), ["com", "eva", "example", "mail", "neill", "o", "oneill", "shop"]);
    }

    #[test]
    fn a_product_is_found_by_all_its_texts() {
        let terms = of_product("LMP-07/b", "Desk lamp", "Home & Light", "[\"dark red\",\"L\"]", "A lamp, well-made.");
        assert_eq!(
            words(&terms),
            ["07", "a", "b", "dark", "desk", "home", "l", "lamp", "light", "lmp", "lmp07b", "made", "red", "well",]
        );
    }

    #[test]
    fn each_character_of_chinese_text_begins_a_term() {
        let terms = of_product("1", "\u{5317}\u{4eac}\u{5e02}", "2", "[]", "");
        assert_eq!(words(&terms), ["1", "2", "\u{4eac}\u{5e02}", "\u{5317}\u{4eac}", "\u{5e02}"]);
    }

    #[test]
    fn terms_are_bounded_in_length_and_number() {
        let long = "\u{e4}".repeat(10) + &"\u{738b}".repeat(2) + &"x".repeat(300);
        let many: String = (0..1_000).map(|n| format!("w{n} ")).collect();
        let terms = of_product(&long, "name", "category", "", &many);
        assert_eq!(terms.len(), OF_PRODUCT);
        assert!(terms.iter().all(|term| term.as_str().len() <= LENGTH));
        assert!(words(&terms).contains(&"category"), "the description comes last");
        assert_eq!(Term::new(&"\u{448}".repeat(40)).as_str(), "\u{448}".repeat(32));
        let odd = format!("x{}", "\u{448}".repeat(40));
        assert_eq!(Term::new(&odd).as_str(), format!("x{}", "\u{448}".repeat(31)));
    }
}
