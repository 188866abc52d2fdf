//! Quoting of external text in messages.

use std::fmt::{self, Write as _};

/// Maximum number of quoted characters; enough for any e-mail address or idempotency key.
const LONGEST: usize = 256;

/// The text in quotation marks, for messages.
///
/// Printable characters of all scripts are kept. Line breaks and tabs become `\n`, `\r` or `\t`; other invisible
/// characters become their code points, such as `<U+200B>`. A long text is truncated and followed by its length.
#[doc(hidden)]
pub fn quoted(text: &str) -> impl fmt::Display + '_ {
    Quoted(text)
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(LONGEST) {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if is_printable(c) => f.write_char(c)?,
                c => write!(f, "<U+{:04X}>", u32::from(c))?,
            }
        }
        let more = rest.count();
        if more == 0 { f.write_char('"') } else { write!(f, "…\" ({} characters)", LONGEST + more) }
    }
}

/// Whether a character is visible, or a space. Control, format, separator and unassigned characters are not.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // The standard library reports only what it would escape. It escapes a combining mark unless that follows another
    // character.
    let pair: [char; 2] = ['a', c];
    String::from_iter(pair).escape_debug().nth(2).is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_can_be_seen_is_shown_as_it_is_and_what_cannot_by_its_name() {
        for (text, shown) in [
            ("", "\"\""),
            ("café", "\"café\""),
            ("cafe\u{301}", "\"cafe\u{301}\""),
            ("\u{301}", "\"\u{301}\""),
            ("it's \"C:\\x\"", "\"it's \"C:\\x\"\""),
            ("日本語 🛒", "\"日本語 🛒\""),
            ("a\nb\tc\r", r#""a\nb\tc\r""#),
            ("\0\u{1b}[31m", "\"<U+0000><U+001B>[31m\""),
            ("a\u{200b}b\u{202e}c\u{feff}\u{ad}", "\"a<U+200B>b<U+202E>c<U+FEFF><U+00AD>\""),
        ] {
            assert_eq!(quoted(text).to_string(), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_its_length_is_told() {
        let long = "é".repeat(1_000_000);
        assert_eq!(quoted(&long).to_string(), format!("\"{}…\" (1000000 characters)", "é".repeat(256)));
        let just = "x".repeat(256);
        assert_eq!(quoted(&just).to_string(), format!("\"{just}\""));
    }

    proptest! {
        #[test]
        fn no_control_character_reaches_a_message(text: String) {
            let shown = quoted(&text).to_string();
            prop_assert!(!shown.chars().any(char::is_control), "{}", shown);
        }
    }
}
