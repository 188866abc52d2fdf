//! The catalog: categories, products and price history.

pub(crate) mod categories;
pub(crate) mod listing;
mod names;
mod prices;
pub(crate) mod product;
pub(crate) mod products;
mod terms;

pub use self::categories::{Category, CategoryBuilder, CategoryPatch, NewCategory};
pub use self::listing::{ProductFilter, ProductSort};
pub use self::prices::PriceChange;
pub use self::product::{CategoryRef, NewProduct, Product, ProductBuilder, ProductPatch};
