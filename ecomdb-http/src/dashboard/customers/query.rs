//! The filters of the list of customers, from the query of its address.

use ecomdb::{Cursor, CustomerFilter, CustomerSort, PageRequest, UserStatus, quoted};
use serde::Deserialize;

use crate::dashboard::list::{Address, Choice};
use crate::extract::{FromText, entered, page, text};
use crate::problem::Problem;

/// A tab of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tab {
    word: &'static str,
    label: &'static str,
    status: Option<UserStatus>,
    has_ordered: Option<bool>,
}

/// The first tab is shown by default.
static TABS: [Tab; 4] = [
    Tab { word: "all", label: "All", status: None, has_ordered: None },
    Tab { word: "with-orders", label: "With orders", status: None, has_ordered: Some(true) },
    Tab { word: "without-orders", label: "Without orders", status: None, has_ordered: Some(false) },
    Tab { word: "disabled", label: "Disabled", status: Some(UserStatus::Disabled), has_ordered: None },
];

impl FromText for &'static Tab {
    fn from_text(text: &str) -> Result<Self, String> {
        let words: Vec<_> = TABS.iter().map(|tab| tab.word).collect();
        let found = TABS.iter().find(|tab| tab.word == text);
        found.ok_or_else(|| format!("must be one of {}, not {}", words.join(", "), quoted(text)))
    }
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct CustomerQuery {
    #[serde(deserialize_with = "text")]
    show: Option<&'static Tab>,
    /// Words of the name and the e-mail address.
    #[serde(deserialize_with = "entered")]
    pub(super) search: Option<String>,
    #[serde(deserialize_with = "text")]
    sort: Option<CustomerSort>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

impl CustomerQuery {
    fn tab(&self) -> &'static Tab {
        self.show.unwrap_or(&TABS[0])
    }

    pub(super) fn sort(&self) -> CustomerSort {
        self.sort.unwrap_or_default()
    }

    pub(super) fn page(&self) -> Result<PageRequest, Problem> {
        page(None, self.cursor.clone(), self.before.clone())
    }

    /// The filter, for any page.
    pub(super) fn filter(&self) -> CustomerFilter {
        let mut filter = CustomerFilter::default().sort(self.sort());
        (filter.status, filter.has_ordered) = (self.tab().status, self.tab().has_ordered);
        filter.search = self.search.clone();
        filter
    }

    pub(super) fn address(&self) -> Address {
        let parameters = [
            ("show", self.show.filter(|tab| *tab != &TABS[0]).map(|tab| tab.word.to_owned())),
            ("search", self.search.clone()),
            ("sort", self.sort.filter(|sort| *sort != CustomerSort::default()).map(|sort| sort.to_string())),
        ];
        Address::new("/customers", parameters)
    }

    pub(super) fn tabs(&self) -> Vec<Choice> {
        let address = self.address();
        let tab = |tab: &'static Tab| Choice {
            label: tab.label.to_owned(),
            value: address.with([("show", if tab == &TABS[0] { "" } else { tab.word })]),
            is_current: self.tab() == tab,
        };
        TABS.iter().map(tab).collect()
    }

    /// The filters in words; none if all customers are shown.
    pub(super) fn words(&self) -> Vec<String> {
        let tab = match self.tab() {
            Tab { has_ordered: Some(true), .. } => Some("with a completed order"),
            Tab { has_ordered: Some(false), .. } => Some("without a completed order"),
            Tab { status: Some(_), .. } => Some("who are disabled"),
            Tab { .. } => None,
        };
        let search = self.search.as_ref();
        let search = search.map(|words| format!("with the words \u{201c}{words}\u{201d} in name or e-mail address"));
        tab.map(str::to_owned).into_iter().chain(search).collect()
    }
}
