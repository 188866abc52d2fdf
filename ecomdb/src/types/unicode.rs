//! Text equivalence and invisible characters.

use std::borrow::Cow;
use std::ops::RangeInclusive;

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

/// The form in which words are searched: compatibility forms decomposed, cases folded, accents removed, and composed
/// again. `\u{c9}tage` and `ETAGE` become `etage`, `\u{141}\u{f3}d\u{17a}` becomes `lodz`.
pub(crate) fn searchable(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let decompose = DecomposingNormalizerBorrowed::new_nfkd();
    let folded = default_case_fold_str(&decompose.normalize(text));
    let mut plain = String::with_capacity(folded.len());
    for c in decompose.normalize(&folded).chars() {
        match letter_without_stroke(c) {
            Some(letters) => plain.push_str(letters),
            None if is_accent(c) => {}
            None => plain.push(c),
        }
    }
    Cow::Owned(composed(&plain))
}

/// Whether a mark is an accent or a point, which a search ignores. Marks that make another letter stay, such as voicing
/// marks of kana and vowels of Indic scripts.
fn is_accent(c: char) -> bool {
    const POINTS: RangeInclusive<CanonicalCombiningClass> =
        CanonicalCombiningClass::CCC10..=CanonicalCombiningClass::CCC36;
    let class = combining_class(c);
    class == CanonicalCombiningClass::Overlay
        || POINTS.contains(&class)
        || class >= CanonicalCombiningClass::AttachedBelowLeft
}

/// Letters that Unicode does not decompose, as they are written without their stroke or ligature.
const fn letter_without_stroke(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{e6}' => "ae",
        '\u{f0}' | '\u{111}' => "d",
        '\u{f8}' => "o",
        '\u{fe}' => "th",
        '\u{127}' => "h",
        '\u{131}' => "i",
        '\u{142}' => "l",
        '\u{153}' => "oe",
        '\u{167}' => "t",
        _ => return None,
    })
}

/// Whether a character belongs to a word: a letter, a number or a mark.
pub(crate) fn is_of_word(c: char) -> bool {
    const WORD: GeneralCategoryGroup =
        GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).union(GeneralCategoryGroup::Mark);
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { WORD.contains(category(c)) }
}

/// Whether a character belongs to a script that writes words without spaces between them: Chinese and Japanese.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
        || (c >= '\u{3006}' && CodePointSetData::new::<Ideographic>().contains(c))
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

    #[test]
    fn spellings_of_one_word_are_searched_alike() {
        for (written, searched) in [
            ("\u{c9}tage", "etage"),
            ("e\u{301}tage", "etage"),
            ("Stra\u{df}e", "strasse"),
            ("STRA\u{1e9e}E", "strasse"),
            ("\u{141}\u{f3}d\u{17a}", "lodz"),
            ("\u{130}stanbul", "istanbul"),
            ("D\u{131}yarbak\u{131}r", "diyarbakir"),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}"),
            ("\u{3bf}\u{3b4}\u{3cc}\u{3c2}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}"),
            ("S\u{f8}ren \u{c6}r\u{f8}", "soren aero"),
            ("\u{ff21}\u{ff22}\u{ff11}", "ab1"),
            ("\u{fb01}ne", "fine"),
            ("\u{304b}\u{3099}", "\u{304c}"),
            ("\u{ff76}\u{ff9e}", "\u{30ac}"),
            ("\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}", "\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}"),
        ] {
            assert_eq!(searchable(written), searched, "{written}");
        }
    }

    proptest! {
        #[test]
        fn what_is_searched_is_searched_as_it_is(text: String) {
            let searched = searchable(&text).into_owned();
            prop_assert_eq!(searchable(&searched), &*searched);
        }

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
