//! The catalog: categories, products and their groups, price history.

pub(crate) mod categories;
pub(crate) mod external_ids;
pub(crate) mod groups;
pub(crate) mod images;
pub(crate) mod listing;
mod names;
pub(crate) mod options;
mod prices;
pub(crate) mod product;
pub(crate) mod products;
mod terms;
mod variants;

pub use self::categories::{Category, CategoryBuilder, CategoryPatch, NewCategory};
pub use self::external_ids::ExternalId;
pub use self::groups::{NewProductGroup, ProductGroup, ProductGroupBuilder, ProductGroupPatch, ProductGroupSummary};
pub use self::images::ProductImage;
pub use self::listing::{ProductFilter, ProductSort};
pub use self::options::OptionValues;
pub use self::prices::PriceChange;
pub use self::product::{CategoryRef, NewProduct, Product, ProductBuilder, ProductPatch};
