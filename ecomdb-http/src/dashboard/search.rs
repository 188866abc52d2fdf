//! Search over orders, customers and products, as far as the caller may read them.

use askama::Template;
use axum::extract::State;
use ecomdb::{Error, Limit, OnBehalf, Order, OrderId, PageRequest, Product, ProductFilter, Scope, User, UserFilter};
use serde::Deserialize;

use super::shell::{Shell, Visit, render, with_query};
use crate::extract::{Query, text};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum number of rows of each kind; a link leads to all rows.
const MOST: i64 = 8;
/// Maximum length of the search text, in characters.
const LONGEST: usize = 254;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct SearchQuery {
    #[serde(deserialize_with = "text")]
    q: Option<String>,
}

#[derive(Template)]
#[template(path = "search/results.html")]
struct Results {
    shell: Shell,
    /// The text, without spaces around it.
    text: String,
    found: Found,
    /// Addresses of the lists of all matching customers and products.
    all_customers: String,
    all_products: String,
}

/// The results, at most [`MOST`] of each kind.
#[derive(Default)]
struct Found {
    order: Option<Order>,
    customers: Vec<User>,
    products: Vec<Product>,
}

impl Results {
    fn is_empty(&self) -> bool {
        self.found.order.is_none() && self.found.customers.is_empty() && self.found.products.is_empty()
    }
}

/// Searches. A number finds the order with that number. Words find customers by name and e-mail address, and products
/// by SKU, name, category, option values and description.
pub(in crate::dashboard) async fn show_results(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<SearchQuery>,
) -> Answer {
    let text = query.q.unwrap_or_default().trim().to_owned();
    refuse(&text)?;
    let may = [Scope::OrdersRead, Scope::UsersRead, Scope::CatalogRead].map(|scope| visit.can(scope));
    let sought = text.clone();
    let found = if text.is_empty() {
        Found::default()
    } else {
        app.run(move |db| db.run(move |shop| find(shop, &sought, may))).await.map_err(Problem::of_query)?
    };
    let title = if text.is_empty() { "Search".to_owned() } else { format!("Search for {text}") };
    render(&Results {
        found,
        all_customers: with_query("/customers", [("search", text.as_str())]),
        all_products: with_query("/products", [("status", "all"), ("search", text.as_str())]),
        shell: visit.aside(title).searching(text.as_str()),
        text,
    })
}

/// Refuses a text that no row can contain.
fn refuse(text: &str) -> Result<(), Problem> {
    let message = if text.chars().count() > LONGEST {
        format!("must have at most {LONGEST} characters")
    } else if text.chars().any(char::is_control) {
        "must not contain control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Problem::field(&kinds::MALFORMED, "q", message))
}

fn find(shop: OnBehalf<'_>, text: &str, [orders, users, catalog]: [bool; 3]) -> ecomdb::Result<Found> {
    let few = || PageRequest::default().limit(Limit::new(MOST).unwrap_or_default());
    let mut found = Found::default();
    if let Some(id) = text.trim_start_matches('#').parse().ok().filter(|id: &i64| orders && *id > 0) {
        found.order = match shop.orders().get(OrderId::new(id)) {
            Ok(order) => Some(order),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
    }
    if users {
        found.customers = shop.users().list(&UserFilter::default().search(text).page(few()))?.items;
    }
    if catalog {
        found.products = shop.products().list(&ProductFilter::default().search(text).page(few()))?.items;
    }
    Ok(found)
}
