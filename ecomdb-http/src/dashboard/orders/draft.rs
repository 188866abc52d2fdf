//! A draft of an order. It is stored in the address of its page, `/orders/new?customer=12&item=98:2`, so that Back
//! undoes a step, and a link shares it.

use ecomdb::{FieldError, Money, NewOrder, Order, OrderBuilder, ProductId, UserId, quoted};
use form_urlencoded::Serializer;

use crate::extract::FromText;
use crate::problem::{Problem, kinds};

const PATH: &str = "/orders/new";

/// The customer, the products in the order in which they were added, and the terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) customer: Option<UserId>,
    /// Products and units. Units are kept as entered, so that invalid ones can be shown.
    pub(super) items: Vec<(ProductId, i64)>,
    pub(super) terms: Terms,
}

/// Voucher, shipping and hold, as they were entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Code of the voucher.
    voucher: String,
    /// Price of the shipping.
    shipping: String,
    shipping_label: String,
    hold_minutes: String,
}

impl Terms {
    /// Names of the parameters.
    pub(super) const NAMES: [&'static str; 4] = ["voucher", "shipping", "shipping_label", "hold_minutes"];

    /// The value of the parameter with this name.
    fn value(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "voucher" => Some(&mut self.voucher),
            "shipping" => Some(&mut self.shipping),
            "shipping_label" => Some(&mut self.shipping_label),
            "hold_minutes" => Some(&mut self.hold_minutes),
            _ => None,
        }
    }

    /// Adds the terms to an order. Returns an error for each term that cannot be read.
    fn apply(&self, mut order: OrderBuilder) -> Result<OrderBuilder, Vec<FieldError>> {
        let mut errors = Vec::new();
        if !self.voucher.is_empty() {
            order = order.voucher(&self.voucher);
        }
        if !self.shipping.is_empty() {
            let label = if self.shipping_label.is_empty() { "Shipping" } else { &self.shipping_label };
            match Money::from_text(&self.shipping) {
                Ok(amount) => order = order.shipping(label, amount),
                Err(message) => errors.push(FieldError::new("shipping", message)),
            }
        } else if !self.shipping_label.is_empty() {
            errors.push(FieldError::new("shipping", "must be given with its label"));
        }
        if !self.hold_minutes.is_empty() {
            match self.hold_minutes.parse() {
                Ok(minutes) => order = order.hold(minutes),
                Err(_) => errors.push(FieldError::new("hold_minutes", "must be a whole number")),
            }
        }
        if errors.is_empty() { Ok(order) } else { Err(errors) }
    }
}

/// Parameters of the page besides the draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DraftQuery {
    /// Part of a name or an e-mail address.
    pub(super) customer_text: String,
    /// Part of a name or an SKU.
    pub(super) product_text: String,
    /// Whether units were changed; the draft then has another address.
    pub(super) changes: bool,
}

impl Draft {
    /// A draft with the items and the customer of an order.
    pub(super) fn of(order: &Order) -> Self {
        let items = order.items.iter().map(|item| (item.product_id, item.quantity));
        Self { customer: Some(order.user_id), items: items.collect(), terms: Terms::default() }
    }

    /// The order of this customer, before it is validated. Returns an error for each term that cannot be read.
    pub(super) fn order(&self, customer: UserId) -> Result<OrderBuilder, Vec<FieldError>> {
        self.terms.apply(NewOrder::builder(customer).items(self.items.iter().copied()))
    }

    /// The field of the page for a field of an order, such as that with the units of a product for `items[i]`.
    pub(super) fn field(&self, field: &str) -> String {
        let line = || {
            let position = field.strip_prefix("items[")?.split(']').next()?.parse::<usize>().ok()?;
            self.items.get(position).map(|(product, _)| format!("units-{product}"))
        };
        match field {
            "items" => "product_text".to_owned(),
            "user_id" => "customer_text".to_owned(),
            "adjustments[0].label" => "shipping_label".to_owned(),
            "adjustments" | "adjustments[0].amount" => "shipping".to_owned(),
            other => line().unwrap_or_else(|| other.to_owned()),
        }
    }

    /// Reads a query, or the fields of a form. Each pair of `set` and `units` sets the units of a product; 0 removes it.
    pub(super) fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(Self, DraftQuery), Problem> {
        let (mut draft, mut asked) = (Self::default(), DraftQuery::default());
        let mut set = None;
        for (name, value) in pairs {
            match name {
                "customer" if value.is_empty() => {}
                "customer" => draft.customer = Some(number(name, value).map(UserId::new)?),
                "item" => {
                    let (product, units) = value.split_once(':').unwrap_or((value, "1"));
                    draft.add(ProductId::new(number(name, product)?), number(name, units)?);
                }
                "set" => set = Some(ProductId::new(number(name, value)?)),
                "units" => {
                    asked.changes = true;
                    let product = set.take().ok_or_else(|| wrong(name, "must follow the product in `set`"))?;
                    draft.set(product, number(name, value.trim())?);
                }
                "customer_text" => value.trim().clone_into(&mut asked.customer_text),
                "product_text" => value.trim().clone_into(&mut asked.product_text),
                _ => match draft.terms.value(name) {
                    Some(term) => value.trim().clone_into(term),
                    None => {
                        let known = "customer, item, set, units, customer_text, product_text";
                        let message = format!("is unknown; allowed are {known}, {}", Terms::NAMES.join(", "));
                        return Err(wrong(name, message));
                    }
                },
            }
        }
        Ok((draft, asked))
    }

    /// Adds units of a product.
    fn add(&mut self, product: ProductId, units: i64) {
        match self.items.iter_mut().find(|(known, _)| *known == product) {
            Some((_, known)) => *known = known.saturating_add(units),
            None => self.items.push((product, units)),
        }
    }

    fn set(&mut self, product: ProductId, units: i64) {
        match self.items.iter_mut().find(|(known, _)| *known == product) {
            Some((_, known)) => *known = units,
            None => self.items.push((product, units)),
        }
        self.items.retain(|(_, units)| *units != 0);
    }

    /// The draft with one more unit of a product.
    pub(super) fn with(&self, product: ProductId) -> Self {
        let mut draft = self.clone();
        draft.add(product, 1);
        draft
    }

    /// The draft without a product.
    pub(super) fn without(&self, product: ProductId) -> Self {
        let mut draft = self.clone();
        draft.set(product, 0);
        draft
    }

    /// The draft for this customer; `None` removes the customer.
    pub(super) fn for_customer(&self, customer: Option<UserId>) -> Self {
        Self { customer, ..self.clone() }
    }

    /// Names and values of its parameters without the terms.
    pub(super) fn basket(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs();
        pairs.retain(|(name, _)| !Terms::NAMES.contains(name));
        pairs
    }

    /// Names and values of its parameters.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let customer = self.customer.map(|customer| ("customer", customer.to_string()));
        let items = self.items.iter().map(|(product, units)| ("item", format!("{product}:{units}")));
        let mut terms = self.terms.clone();
        let terms = Terms::NAMES.into_iter().filter_map(|name| {
            let value = terms.value(name).map(std::mem::take).filter(|value| !value.is_empty())?;
            Some((name, value))
        });
        customer.into_iter().chain(items).chain(terms).collect()
    }

    /// The address of its page.
    pub(super) fn address(&self) -> String {
        let query = Serializer::new(String::new()).extend_pairs(self.pairs()).finish();
        // Colons need no escape in a query.
        let query = query.replace("%3A", ":");
        if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
    }
}

fn number(name: &str, text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| wrong(name, format!("must be a whole number, not {}", quoted(text))))
}

fn wrong(name: &str, message: impl Into<String>) -> Problem {
    Problem::field(&kinds::MALFORMED, name, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> (Draft, DraftQuery) {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        Draft::read(pairs.iter().map(|(name, value)| (&**name, &**value))).unwrap()
    }

    #[test]
    fn a_draft_is_its_address() {
        for query in [
            "",
            "?customer=12",
            "?customer=12&item=98:2&item=5:1",
            "?item=98:2",
            "?customer=12&item=98:2&voucher=SUMMER&shipping=4.90&shipping_label=Express&hold_minutes=60",
        ] {
            assert_eq!(read(query.trim_start_matches('?')).0.address(), format!("/orders/new{query}"));
        }
        assert_eq!(read("item=98").0, read("item=98:1").0);
        assert_eq!(read("item=98:2&item=98:3").0.address(), "/orders/new?item=98:5");
        assert_eq!(read("item=98:2&voucher=+&shipping=").0.address(), "/orders/new?item=98:2");
    }

    #[test]
    fn units_are_set_and_zero_removes_a_product() {
        let (draft, asked) = read("customer=12&item=98:2&item=5:1&set=98&units=7&set=5&units=0");
        assert_eq!(draft.address(), "/orders/new?customer=12&item=98:7");
        assert!(asked.changes);
        let (draft, asked) = read("item=98:2&product_text=+lamp+");
        assert_eq!((asked.product_text.as_str(), asked.changes), ("lamp", false));
        assert_eq!(draft.with(ProductId::new(98)).address(), "/orders/new?item=98:3");
        assert_eq!(draft.without(ProductId::new(98)).address(), "/orders/new");
        assert_eq!(draft.for_customer(Some(UserId::new(3))).address(), "/orders/new?customer=3&item=98:2");
        let (draft, _) = read("item=98:2&voucher=SUMMER");
        assert_eq!(draft.for_customer(None).address(), "/orders/new?item=98:2&voucher=SUMMER");
        assert_eq!(draft.basket(), [("item", "98:2".to_owned())]);
    }

    #[test]
    fn terms_that_are_no_amount_and_no_number_are_named() {
        let wrong = |query| {
            let errors = read(query).0.order(UserId::new(1)).unwrap_err();
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong("item=98:2&shipping=much&hold_minutes=long"), ["shipping", "hold_minutes"]);
        assert_eq!(wrong("item=98:2&shipping_label=Express"), ["shipping"]);
    }

    #[test]
    fn what_is_no_draft_is_refused() {
        for (query, field) in [
            ("customer=x", "customer"),
            ("item=98:x", "item"),
            ("item=:1", "item"),
            ("units=3", "units"),
            ("set=98&units=many", "units"),
            ("itm=98:1", "itm"),
        ] {
            let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
            let problem = Draft::read(pairs.iter().map(|(name, value)| (&**name, &**value))).unwrap_err();
            assert_eq!(problem.errors()[0].field, field, "{query}");
        }
    }
}
