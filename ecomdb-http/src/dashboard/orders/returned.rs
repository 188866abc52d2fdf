//! The units of an order that a refund is about, as its form has them.

use std::collections::BTreeMap;

use ecomdb::{Money, Order, OrderItem, ProductId, quoted};

use super::state::listed;
use crate::dashboard::shell::Fields;

/// Name of the field for errors about the units.
pub(super) const FIELD: &str = "units";

/// Prefix of the field names of products.
const OF_PRODUCT: &str = "units-";

/// Products and their units; products with 0 units are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Units(BTreeMap<ProductId, i64>);

/// The name of the field with the units of a product.
pub(super) fn field(product: ProductId) -> String {
    format!("{OF_PRODUCT}{product}")
}

impl Units {
    /// Reads the fields of all products.
    pub(super) fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let mut units = BTreeMap::new();
        for (name, value) in fields.entries().pairs() {
            let Some(product) = name.strip_prefix(OF_PRODUCT) else { continue };
            let Ok(product) = product.parse().map(ProductId::new) else { continue };
            let text = value.trim();
            let number = if text.is_empty() { Ok(0) } else { text.parse::<u32>() };
            let Ok(number) = number else {
                fields.note(FIELD, format!("must be whole numbers, not {}", quoted(text)));
                return None;
            };
            if number > 0 {
                units.insert(product, i64::from(number));
            }
        }
        Some(Self(units))
    }

    /// One unit of a product.
    pub(super) fn one(product: ProductId) -> Self {
        Self(BTreeMap::from([(product, 1)]))
    }

    /// Whether they are all units of an order of which nothing was given back yet.
    pub(super) fn are_all(&self, order: &Order) -> bool {
        let all = order.items.iter().map(|item| (item.product_id, item.quantity)).collect();
        order.refunds.is_empty() && self.0 == all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The price of the units in the order.
    ///
    /// # Errors
    /// A message if the order has fewer units.
    pub(super) fn cost(&self, order: &Order) -> Result<Money, String> {
        self.items(order)?
            .into_iter()
            .map(|(item, number)| item.price_of(0, number))
            .sum::<Option<Money>>()
            .ok_or_else(|| "cost too much".to_owned())
    }

    /// `2 x Desk lamp and 1 x Atlas`.
    pub(super) fn words(&self, order: &Order) -> String {
        let items = self.items(order).unwrap_or_default();
        listed(items.into_iter().map(|(item, number)| (number, item.product_name.as_str())))
    }

    fn items<'a>(&self, order: &'a Order) -> Result<Vec<(&'a OrderItem, i64)>, String> {
        let item = |(product, number): (&ProductId, &i64)| {
            let item = order.items.iter().find(|item| item.product_id == *product);
            let item = item.ok_or_else(|| format!("of product {product} are not in this order"))?;
            if *number > item.quantity {
                return Err(format!("of {} must be at most {}", item.product_name, item.quantity));
            }
            Ok((item, *number))
        };
        self.0.iter().map(item).collect()
    }
}
