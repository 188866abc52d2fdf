//! One file per resource. A handler extracts, makes one library call, and wraps the result.

pub(crate) mod addresses;
pub(crate) mod analytics;
pub(crate) mod api_keys;
pub(crate) mod auth;
pub(crate) mod categories;
pub(crate) mod documentation;
pub(crate) mod health;
pub(crate) mod inventory;
pub(crate) mod orders;
pub(crate) mod payments;
pub(crate) mod problems;
pub(crate) mod product_groups;
pub(crate) mod product_parts;
pub(crate) mod products;
pub(crate) mod shop;
pub(crate) mod users;
pub(crate) mod vouchers;
pub(crate) mod welcome;
