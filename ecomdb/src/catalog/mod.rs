//! The catalog: categories, products and price history.

mod categories;
mod listing;
mod prices;
mod product;
mod products;

pub use self::categories::{Categories, Category, CategoryPatch, NewCategory};
pub use self::listing::{ProductFilter, ProductSort};
pub use self::prices::PriceChange;
pub use self::product::{CategoryRef, NewProduct, Product, ProductBuilder, ProductPatch, ProductStatus};
pub use self::products::Products;
pub(crate) use self::products::expect;
