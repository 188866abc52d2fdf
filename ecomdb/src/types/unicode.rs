//! Text equivalence and invisible characters.

use caseless::default_case_fold_str;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, Ideographic, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Composed form (NFC), in which all text is stored.
pub(crate) fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// Full case folding, then NFC: equal for texts that differ only in case or composition. Both lower-case sigmas become
/// one, and a sharp s becomes `ss`.
pub(crate) fn folded(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    composed(&default_case_fold_str(&decomposed))
}

/// Whether a character is invisible or undefined: control, format, bidi, line and paragraph separators, unassigned and
/// private-use characters, and those that Unicode ignores in display.
pub(crate) fn is_hidden(c: char) -> bool {
    const HIDDEN: GeneralCategoryGroup = GeneralCategoryGroup::Other
        .union(GeneralCategoryGroup::LineSeparator)
        .union(GeneralCategoryGroup::ParagraphSeparator);
    HIDDEN.contains(category(c)) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character is visible by itself: not a space, mark or filler.
pub(crate) fn is_visible(c: char) -> bool {
    const BLANK_BRAILLE: char = '\u{2800}';
    !(c.is_whitespace() || c == BLANK_BRAILLE || GeneralCategoryGroup::Mark.contains(category(c)) || is_hidden(c))
}

/// Whether a hidden character is meaningful between its neighbours: joiners in Indic and Arabic scripts and in emoji,
/// and variation selectors of emoji and ideographs.
pub(crate) fn is_needed(before: Option<char>, c: char, after: Option<char>) -> bool {
    match c {
        // Zero width non-joiner and joiner. The joiner also combines emoji.
        '\u{200c}' | '\u{200d}' => {
            let is_virama = |c| combining_class(c) == CanonicalCombiningClass::Virama;
            let is_between = |test: fn(char, char) -> bool| before.zip(after).is_some_and(|(a, b)| test(a, b));
            before.is_some_and(is_virama)
                || after.is_some_and(is_virama)
                || is_between(are_joined)
                || (c == '\u{200d}' && is_between(|before, after| ends_emoji(before) && is_pictograph(after)))
        }
        '\u{fe0e}' | '\u{fe0f}' => {
            before.is_some_and(|before| CodePointSetData::new::<Emoji>().contains(before) || is_pictograph(before))
        }
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => {
            before.is_some_and(|before| CodePointSetData::new::<Ideographic>().contains(before))
        }
        _ => false,
    }
}

/// Whether two letters join unless separated, ignoring marks on one of them.
fn are_joined(before: char, after: char) -> bool {
    let (before, after) = (joining_type(before), joining_type(after));
    let joins = |kind| kind != JoiningType::NonJoining;
    joins(before) && joins(after) && (before != JoiningType::Transparent || after != JoiningType::Transparent)
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// Whether an emoji that can be followed by a joiner can end with this character.
fn ends_emoji(c: char) -> bool {
    is_pictograph(c) || c == '\u{fe0f}' || CodePointSetData::new::<EmojiModifier>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn combining_class(c: char) -> CanonicalCombiningClass {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c)
}

fn joining_type(c: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_text_are_folded_to_one() {
        for (one, other) in [
            ("jos\u{e9}", "JOSE\u{301}"),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
            ("STRASSE", "stra\u{df}e"),
            ("\u{1e9e}", "ss"),
            ("\u{212b}", "\u{e5}"),
            ("\u{fb01}", "FI"),
            ("\u{390}", "\u{1fd3}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("jose"), folded("jos\u{e9}"));
    }

    #[test]
    fn what_cannot_be_seen_is_hidden() {
        let hidden = "\0\n\u{7f}\u{85}\u{ad}\u{34f}\u{378}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{2028}\u{202e}\u{2060}\
                      \u{2066}\u{3164}\u{e000}\u{fe0f}\u{feff}\u{ffff}\u{e0041}\u{10ffff}";
        assert_eq!(hidden.chars().filter(|c| !is_hidden(*c) || is_visible(*c)).collect::<String>(), "");
        let blank = " \u{a0}\u{3000}\u{301}\u{20dd}\u{2800}";
        assert_eq!(blank.chars().filter(|c| is_hidden(*c) || is_visible(*c)).collect::<String>(), "");
        let visible = "a\u{e9}\u{df}\u{738b}\u{915}\u{1f98b}7.-'";
        assert_eq!(visible.chars().filter(|c| is_hidden(*c) || !is_visible(*c)).collect::<String>(), "");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text: String) {
            prop_assert_eq!(folded(&folded(&text)), folded(&text));
            prop_assert_eq!(composed(&folded(&text)), folded(&text));
        }

        #[test]
        fn case_and_composition_make_no_difference(text in "[a-z\u{e0}-\u{ff}\u{3b1}-\u{3c9}\u{430}-\u{44f}]{0,12}") {
            let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&text).into_owned();
            prop_assert_eq!(folded(&decomposed.to_uppercase()), folded(&text));
        }
    }
}
