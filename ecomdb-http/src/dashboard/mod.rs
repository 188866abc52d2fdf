//! The dashboard: pages for the people who run the shop. Each group of pages reads with the public API of the library
//! on behalf of the caller, makes a view of the data, and renders a template. Every page works without scripts.

mod assets;
mod categories;
mod chart;
mod customers;
mod digits;
mod format;
mod groups;
mod inventory;
mod list;
mod live;
mod orders;
mod overview;
mod period;
mod print;
mod products;
mod reports;
mod routes;
mod search;
mod settings;
mod shell;
mod sign_in;
mod so_far;
mod vouchers;

pub(crate) use self::routes::{PageRoute, all as pages};
pub(crate) use self::shell::{admit, explain, refuse_page};

/// Charts are markup already; they escape their own text.
impl askama::filters::HtmlSafe for chart::Markup {}
