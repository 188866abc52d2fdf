//! Changes against the previous period, in words and as a badge.

use super::markup::{Markup, Text};
use super::number::Unit;

/// A value and the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    now: i64,
    before: i64,
}

impl Change {
    pub(crate) const fn between(now: i64, before: i64) -> Self {
        Self { now, before }
    }

    /// Sign and size: `+7 %`, `−0.4 %`; `new` if the value was 0 before; `up` or `down` if it was negative, where a
    /// percentage has no meaning.
    pub(crate) fn text(self) -> String {
        let rose = self.now > self.before;
        match self.percent() {
            _ if self.now == self.before => "unchanged".to_owned(),
            _ if self.before == 0 => "new".to_owned(),
            Some(percent) => format!("{}{percent}", if rose { '+' } else { '\u{2212}' }),
            None => if rose { "up" } else { "down" }.to_owned(),
        }
    }

    /// The change with an arrow.
    pub(crate) fn badge(self) -> Markup {
        let (class, arrow) = match self.now.cmp(&self.before) {
            std::cmp::Ordering::Equal => ("same", "="),
            _ if self.before == 0 => ("new", "\u{2191}"),
            std::cmp::Ordering::Greater => ("up", "\u{2191}"),
            std::cmp::Ordering::Less => ("down", "\u{2193}"),
        };
        let arrow = if self.before == 0 && self.now < 0 { "\u{2193}" } else { arrow };
        let text = self.text();
        Markup::of(format_args!(
            "<span class=\"change {class}\"><span aria-hidden=\"true\">{arrow}</span> {}</span>",
            Text(&text)
        ))
    }

    /// The size of the change in percent, if the previous value is positive: in whole percents, in tenths below one
    /// percent.
    fn percent(self) -> Option<String> {
        let before = i128::from(self.before);
        if before <= 0 {
            return None;
        }
        let change = (i128::from(self.now) - before).abs();
        let rounded = |parts: i128| (2 * parts * change + before) / (2 * before);
        Some(match (rounded(100), rounded(1_000)) {
            (_, tenths @ 0..10) => Unit::PERCENT.text(tenths),
            (percents, _) => format!("{}\u{a0}%", Unit::COUNT.text(percents)),
        })
    }
}

/// One sentence without its full stop: `Net revenue fell 7 % to 57,033.78`.
pub(crate) fn sentence(subject: &str, unit: Unit, change: Change) -> String {
    let Change { now, before } = change;
    let verb = if now > before { "rose" } else { "fell" };
    let value = unit.text(now);
    match change.percent() {
        _ if now == before => format!("{subject} stayed at {value}"),
        _ if before == 0 => format!("{subject} {verb} from nothing to {value}"),
        Some(percent) => format!("{subject} {verb} {percent} to {value}"),
        None => format!("{subject} {verb} from {} to {value}", unit.text(before)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_sign_and_whole_percents() {
        let texts = [(93, 100), (107, 100), (1_996, 2_000), (5, 0), (0, 0), (7, 7), (-3, 4), (5, -12), (-20, -12)]
            .map(|(now, before)| Change::between(now, before).text());
        assert_eq!(
            texts,
            ["−7\u{a0}%", "+7\u{a0}%", "−0.2\u{a0}%", "new", "unchanged", "unchanged", "−175\u{a0}%", "up", "down"]
        );
    }

    #[test]
    fn a_badge_has_an_arrow_that_is_not_read_out() {
        assert_eq!(
            Change::between(93, 100).badge().to_string(),
            "<span class=\"change down\"><span aria-hidden=\"true\">↓</span> −7\u{a0}%</span>"
        );
        assert_eq!(
            Change::between(1, 0).badge().to_string(),
            "<span class=\"change new\"><span aria-hidden=\"true\">↑</span> new</span>"
        );
        assert!(Change::between(999_999, 1_000_000).badge().to_string().contains("−0.0\u{a0}%"));
    }

    #[test]
    fn a_sentence_says_what_happened() {
        let words = |now, before| sentence("Net revenue", Unit::money(2), Change::between(now, before));
        assert_eq!(words(5_703_378, 6_132_664), "Net revenue fell 7\u{a0}% to 57,033.78");
        assert_eq!(words(5_703_378, 0), "Net revenue rose from nothing to 57,033.78");
        assert_eq!(words(0, 0), "Net revenue stayed at 0.00");
        assert_eq!(words(500, -1_200), "Net revenue rose from −12.00 to 5.00");
    }

    #[test]
    fn the_largest_integers_do_not_overflow() {
        assert_eq!(Change::between(i64::MAX, 1).text(), "+922,337,203,685,477,580,600\u{a0}%");
        assert_eq!(Change::between(i64::MIN, i64::MAX).text(), "−200\u{a0}%");
    }
}
