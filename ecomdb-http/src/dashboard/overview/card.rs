//! The cards with the figures, which are links to their charts, and the chart of a figure.

use super::figure::{Compared, Figure};
use super::reading::Figures;
use crate::dashboard::chart::{Heading, Markup, Series, Trend, sentence, sparkline};
use crate::dashboard::so_far::SoFar;

/// The card of a figure.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) label: String,
    pub(super) value: String,
    /// Whether it needs a smaller font.
    pub(super) is_long: bool,
    pub(super) change: Option<Markup>,
    /// The previous value, and the time it is from.
    pub(super) before: Option<String>,
    pub(super) when: String,
    pub(super) spark: Markup,
    /// Address that charts the figure.
    pub(super) href: String,
    pub(super) is_charted: bool,
    pub(super) has_currency: bool,
}

/// Number of characters of a value that fit into the narrowest card.
const LONG: usize = 9;

/// The cards of some figures.
pub(super) fn cards(figures: &[Figure], reading: &Figures, days: &SoFar, charted: Figure) -> Vec<Card> {
    let card = |figure: &Figure| {
        let compared = figure.compared(reading, days);
        let word = if *figure == Figure::default() { "" } else { figure.word() };
        Card {
            is_long: figure.unit().text(compared.now).chars().count() > LONG,
            value: figure.unit().text(compared.now),
            change: compared.change().map(|change| change.badge()),
            before: compared.before.map(|before| figure.unit().text(before)),
            spark: sparkline(compared.finished()),
            href: format!("{}#chart", days.address("/", &[("chart", word.to_owned())])),
            is_charted: *figure == charted,
            has_currency: figure.is_money(),
            label: compared.title,
            when: compared.when,
        }
    };
    figures.iter().map(card).collect()
}

/// The chart of a figure.
pub(super) fn chart(figure: Figure, reading: &Figures, days: &SoFar) -> Markup {
    let compared = figure.compared(reading, days);
    let sentence = words(figure, &compared);
    let trend = Trend {
        heading: Heading { id: "chart", title: &compared.title, sentence: &sentence },
        axis: &compared.axis,
        unit: figure.unit(),
        series: &[Series { name: figure.label(), values: &compared.values }],
        previous: compared.previous.as_deref(),
        is_so_far: compared.is_so_far,
    };
    if figure.is_of_bars() { trend.bars() } else { trend.lines() }
}

fn words(figure: Figure, compared: &Compared) -> String {
    match compared.change() {
        Some(change) => format!("{}, compared with {}", sentence(figure.label(), figure.unit(), change), compared.with),
        None => format!("{}: {}", figure.label(), figure.unit().text(compared.now)),
    }
}
