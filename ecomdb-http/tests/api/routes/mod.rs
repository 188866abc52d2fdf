//! One file per resource.

mod addresses;
mod analytics;
mod categories;
mod health;
mod inventory;
mod orders;
mod payments;
mod product_groups;
mod products;
mod shop;
mod users;
mod vouchers;
mod welcome;
