//! Addresses of lists.

use crate::dashboard::shell::with_query;

/// The address of a list: its path, filters and sorting, without the page. A link to other filters leads to the first
/// page.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    path: String,
    parameters: Vec<(&'static str, String)>,
}

/// A link that chooses something, or an option of a select; `value` is then its value instead of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) is_current: bool,
}

/// The title of a column as a link that sorts by it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SortLink {
    pub(crate) label: String,
    pub(crate) href: String,
    /// `ascending` or `descending`; `None` if the list is not sorted by it.
    pub(crate) order: Option<&'static str>,
}

impl Address {
    /// Parameters without a value are left out.
    pub(crate) fn new(
        path: impl Into<String>,
        parameters: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self { path: path.into(), parameters: given.collect() }
    }

    /// The first page.
    pub(crate) fn href(&self) -> String {
        self.with([])
    }

    /// The first page with other values of these parameters; an empty value removes one.
    pub(crate) fn with<const N: usize>(&self, changes: [(&str, &str); N]) -> String {
        with_query(&self.path, self.kept(changes.map(|(name, _)| name)).chain(changes))
    }

    /// All parameters except these.
    pub(crate) fn kept<const N: usize>(&self, except: [&str; N]) -> impl Iterator<Item = (&str, &str)> {
        let kept = self.parameters.iter().filter(move |(name, _)| !except.contains(name));
        kept.map(|(name, value)| (*name, value.as_str()))
    }

    /// All rows as CSV.
    pub(crate) fn csv(&self) -> String {
        with_query(&format!("{}.csv", self.path), self.kept([]))
    }

    /// A link that sorts by a value of the parameter `sort`, such as `-price`; if the list is already sorted by it, in
    /// the other direction.
    pub(crate) fn sort_link(&self, label: impl Into<String>, first: &str, current: &str) -> SortLink {
        let by = first.strip_prefix('-').unwrap_or(first);
        let (order, next) = match current.strip_prefix('-') {
            Some(descending) if descending == by => (Some("descending"), by.to_owned()),
            None if current == by => (Some("ascending"), format!("-{by}")),
            _ => (None, first.to_owned()),
        };
        SortLink { label: label.into(), href: self.with([("sort", next.as_str())]), order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        let parameters = [("text", Some("a&b".to_owned())), ("stock", None), ("sort", Some("-price".to_owned()))];
        Address::new("/products", parameters)
    }

    #[test]
    fn an_address_has_the_filters_that_are_set() {
        assert_eq!(address().href(), "/products?text=a%26b&sort=-price");
        assert_eq!(address().with([("text", ""), ("stock", "out")]), "/products?sort=-price&stock=out");
        assert_eq!(address().csv(), "/products.csv?text=a%26b&sort=-price");
        assert_eq!(Address::new("/products", []).href(), "/products");
    }

    #[test]
    fn a_title_sorts_by_its_column_or_turns_the_order_around() {
        let link = |label: &str, by| address().sort_link(label, by, "-price");
        let price = SortLink {
            label: "Price".into(),
            href: "/products?text=a%26b&sort=price".into(),
            order: Some("descending"),
        };
        assert_eq!(link("Price", "price"), price);
        let name = SortLink { label: "Name".into(), href: "/products?text=a%26b&sort=name".into(), order: None };
        assert_eq!(link("Name", "name"), name);
        assert_eq!(address().sort_link("Price", "price", "price").order, Some("ascending"));
        assert!(address().sort_link("Price", "price", "price").href.ends_with("sort=-price"));
        assert!(address().sort_link("Sold", "-sold", "-price").href.ends_with("sort=-sold"));
        assert!(address().sort_link("Sold", "-sold", "-sold").href.ends_with("sort=sold"));
    }
}
