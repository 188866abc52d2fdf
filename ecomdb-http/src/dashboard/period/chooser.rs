//! Links and a form to choose another period.

use chrono::NaiveDate;
use ecomdb::TimeZone;

use super::{Chosen, Comparison, Preset};
use crate::dashboard::shell::with_query;

/// Values of the template `period`: the chosen period, and links to others.
#[derive(Debug)]
pub(crate) struct Chooser {
    pub(crate) presets: Vec<PresetLink>,
    /// Path of the page.
    pub(crate) action: String,
    /// First day as the value of a date input; may be empty.
    pub(crate) from: String,
    /// Last day as the value of a date input; may be empty.
    pub(crate) to: String,
    /// Value, label, and whether it is chosen.
    pub(crate) comparisons: Vec<(&'static str, &'static str, bool)>,
    /// The page's other parameters, which are kept.
    pub(crate) other: Vec<(String, String)>,
    /// The period in words.
    pub(crate) label: String,
    pub(crate) zone: TimeZone,
}

/// A link to a preset.
#[derive(Debug)]
pub(crate) struct PresetLink {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

impl Chosen {
    /// Links and a form to choose another period on the page at `path`. They keep the `other` parameters.
    pub(crate) fn chooser(&self, path: &str, other: &[(&str, &str)]) -> Chooser {
        let compare = match self.comparison {
            Comparison::Previous => "",
            other => other.word(),
        };
        let link = |preset: Preset| PresetLink {
            label: preset.label(),
            href: with_query(path, [&[("period", preset.word()), ("compare", compare)], other].concat()),
            is_current: self.preset == Some(preset),
        };
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let kept = other.iter().filter(|(_, value)| !value.is_empty());
        Chooser {
            presets: Preset::ALL.map(link).into(),
            action: path.to_owned(),
            from: day(self.span.first),
            to: day(self.span.last),
            comparisons: Comparison::ALL.map(|one| (one.word(), one.label(), one == self.comparison)).into(),
            other: kept.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            label: self.span.label(),
            zone: self.zone,
        }
    }
}
