//! The dashboard as browsers see it: one file for each group of pages.

mod categories;
mod customers;
mod errors;
mod groups;
mod inventory;
mod live;
mod orders;
mod overview;
mod print;
mod products;
mod reports;
pub(crate) mod roles;
mod search;
mod settings;
mod shell;
mod sign_in;
pub(crate) mod visitor;
mod vouchers;
