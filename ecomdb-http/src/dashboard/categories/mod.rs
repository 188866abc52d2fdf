//! `/categories`: the tree, and the forms to create, rename, move and delete a category.

mod delete;
mod form;
mod tree;

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use ecomdb::{Category, CategoryId, OnBehalf, Rows, Scope};

pub(super) use self::delete::{confirm_deletion, delete_category};
pub(super) use self::form::{create_category, edit_category, new_category, update_category};
use self::tree::{Node, tree};
use super::format::counted;
use super::shell::{Section, Shell, Visit, render};
use crate::extract::NoQuery;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "categories/tree.html")]
struct Tree {
    shell: Shell,
    rows: Vec<Row>,
    can_write: bool,
}

struct Row {
    category: Category,
    /// Products in the category itself.
    products: String,
    /// Products in it and in all categories below it; `None` if there are no others.
    total: Option<String>,
    is_empty: bool,
    has_children: bool,
    /// Number of nested lists that end after this category.
    closes: usize,
}

/// All categories, by id.
pub(super) fn all(shop: OnBehalf<'_>) -> ecomdb::Result<Vec<Category>> {
    Rows::new(|page| shop.categories().list(&page)).collect()
}

/// Ids and names for a select, in the order of the tree and indented like it. `except` leaves out one category and all
/// below it.
pub(super) fn choices(categories: &[Category], except: Option<CategoryId>) -> Vec<(String, String)> {
    let mut hidden_below = None;
    let mut choices = Vec::with_capacity(categories.len());
    for Node { category, depth, .. } in tree(categories) {
        hidden_below = hidden_below.filter(|hidden| depth > *hidden);
        if Some(category.id) == except {
            hidden_below = hidden_below.or(Some(depth));
        }
        if hidden_below.is_none() {
            choices.push((category.id.to_string(), format!("{}{}", "\u{2003}".repeat(depth), category.name)));
        }
    }
    choices
}

/// The tree of categories.
pub(super) async fn list_categories(State(app): State<Shared>, visit: Visit, _: NoQuery) -> Answer {
    let read = |shop: OnBehalf<'_>| Ok((all(shop)?, shop.categories().product_counts()?));
    let (categories, counts) = app.run(move |db| db.run(read)).await?;
    render(&Tree {
        rows: rows(&categories, &counts),
        can_write: visit.can(Scope::CatalogWrite),
        shell: visit.page("Categories", Section::Categories),
    })
}

fn rows(categories: &[Category], counts: &BTreeMap<CategoryId, i64>) -> Vec<Row> {
    let nodes = tree(categories);
    let own: Vec<i64> = nodes.iter().map(|node| counts.get(&node.category.id).copied().unwrap_or_default()).collect();
    let mut totals = own.clone();
    // A category comes after its parent.
    for (place, node) in nodes.iter().enumerate().rev() {
        if let Some(above) = node.above {
            totals[above] += totals[place];
        }
    }
    let words = |products: i64| counted(products, "product", "products");
    let row = |(place, node): (usize, &Node<'_>)| {
        let next = nodes.get(place + 1).map_or(0, |next| next.depth);
        Row {
            category: node.category.clone(),
            products: words(own[place]),
            total: (totals[place] != own[place]).then(|| words(totals[place])),
            is_empty: own[place] == 0 && next <= node.depth,
            has_children: next > node.depth,
            closes: node.depth.saturating_sub(next),
        }
    };
    nodes.iter().enumerate().map(row).collect()
}
