//! The filters of the list of products, from the query of its address.

use ecomdb::{Category, CategoryId, Cursor, Money, PageRequest, ProductFilter, ProductSort, ProductStatus, quoted};
use serde::Deserialize;

use crate::dashboard::format::money;
use crate::dashboard::list::{Address, Choice};
use crate::extract::{FromText, entered, page, text};
use crate::problem::Problem;

/// A tab of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tab {
    word: &'static str,
    label: &'static str,
    status: Option<ProductStatus>,
}

/// The first tab is shown by default.
static TABS: [Tab; 3] = [
    Tab { word: "active", label: "Active", status: Some(ProductStatus::Active) },
    Tab { word: "archived", label: "Archived", status: Some(ProductStatus::Archived) },
    Tab { word: "all", label: "All", status: None },
];

impl FromText for &'static Tab {
    fn from_text(text: &str) -> Result<Self, String> {
        let found = TABS.iter().find(|tab| tab.word == text);
        found.ok_or_else(|| format!("must be one of active, archived, all, not {}", quoted(text)))
    }
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct ProductQuery {
    #[serde(deserialize_with = "text")]
    status: Option<&'static Tab>,
    /// Words to search for.
    #[serde(deserialize_with = "entered")]
    pub(super) search: Option<String>,
    #[serde(deserialize_with = "entered")]
    category: Option<CategoryId>,
    #[serde(deserialize_with = "entered")]
    pub(super) min_price: Option<Money>,
    #[serde(deserialize_with = "entered")]
    pub(super) max_price: Option<Money>,
    #[serde(deserialize_with = "entered")]
    in_stock: Option<bool>,
    #[serde(deserialize_with = "text")]
    sort: Option<ProductSort>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

impl ProductQuery {
    fn tab(&self) -> &'static Tab {
        self.status.unwrap_or(&TABS[0])
    }

    /// Sorted by name by default.
    pub(super) fn sort(&self) -> ProductSort {
        self.sort.unwrap_or(ProductSort::Name)
    }

    pub(super) fn page(&self) -> Result<PageRequest, Problem> {
        page(None, self.cursor.clone(), self.before.clone())
    }

    /// The filter, for any page.
    pub(super) fn filter(&self) -> ProductFilter {
        let mut filter = ProductFilter::default().sort(self.sort());
        (filter.status, filter.search, filter.category_id) = (self.tab().status, self.search.clone(), self.category);
        (filter.min_price, filter.max_price, filter.in_stock) = (self.min_price, self.max_price, self.in_stock);
        filter
    }

    pub(super) fn address(&self) -> Address {
        let parameters = [
            ("status", self.status.filter(|tab| *tab != &TABS[0]).map(|tab| tab.word.to_owned())),
            ("search", self.search.clone()),
            ("category", self.category.map(|id| id.to_string())),
            ("min_price", self.min_price.map(|price| price.to_string())),
            ("max_price", self.max_price.map(|price| price.to_string())),
            ("in_stock", self.in_stock.map(|is_in_stock| is_in_stock.to_string())),
            ("sort", self.sort.filter(|sort| *sort != ProductSort::Name).map(|sort| sort.to_string())),
        ];
        Address::new("/products", parameters)
    }

    pub(super) fn tabs(&self) -> Vec<Choice> {
        let address = self.address();
        let tab = |tab: &'static Tab| Choice {
            label: tab.label.to_owned(),
            value: address.with([("status", if tab == &TABS[0] { "" } else { tab.word })]),
            is_current: self.tab() == tab,
        };
        TABS.iter().map(tab).collect()
    }

    pub(super) fn categories(&self, all: &[(String, String)]) -> Vec<Choice> {
        let chosen = self.category.map(|id| id.to_string());
        let choice = |(id, name): &(String, String)| Choice {
            is_current: chosen.as_ref() == Some(id),
            label: name.clone(),
            value: id.clone(),
        };
        all.iter().map(choice).collect()
    }

    pub(super) fn stocks(&self) -> Vec<Choice> {
        [(true, "In stock"), (false, "Out of stock")]
            .map(|(is_in_stock, label)| Choice {
                label: label.to_owned(),
                value: is_in_stock.to_string(),
                is_current: self.in_stock == Some(is_in_stock),
            })
            .into()
    }

    /// The filters in words; none if all products of the tab are shown.
    pub(super) fn words(&self, categories: &[Category]) -> Vec<String> {
        let category = |id: CategoryId| {
            let name = categories.iter().find(|category| category.id == id).map(|category| category.name.as_str());
            format!("in the category {}", name.unwrap_or("that does not exist"))
        };
        let words = [
            self.search.as_ref().map(|words| format!("the words \u{201c}{words}\u{201d}")),
            self.category.map(category),
            self.min_price.map(|price| format!("a price of at least {}", money(price))),
            self.max_price.map(|price| format!("a price of at most {}", money(price))),
            self.in_stock.map(|is_in_stock| if is_in_stock { "in stock" } else { "out of stock" }.to_owned()),
        ];
        words.into_iter().flatten().collect()
    }

    /// Whether this is the first page of the default tab. Without filters, it is empty only if the shop has no products.
    pub(super) fn is_usual(&self) -> bool {
        self.tab() == &TABS[0] && self.cursor.is_none() && self.before.is_none()
    }
}
