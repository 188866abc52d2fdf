//! The Python package `ecomdb`: the private module `ecomdb._ecomdb`.
//!
//! One file for each part of a shop. A method reads its arguments, makes one call into the library without the GIL, and
//! converts the result.

mod accounts;
mod addresses;
mod analytics;
mod arrow;
mod batches;
mod behalf;
mod caller;
mod categories;
mod check;
mod connect;
mod database;
mod enums;
mod errors;
mod export;
mod exported;
mod generator;
mod handle;
mod integers;
mod inventory;
mod listing;
mod money;
mod on_behalf;
mod option_values;
mod order_rows;
mod orders;
mod output;
mod payments;
mod product_groups;
mod product_parts;
mod products;
mod rows;
mod scenario;
mod scope;
mod session;
mod shop;
mod statistics;
mod times;
mod transaction;
mod users;
mod values;
mod vouchers;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

/// The columns of an export are large, and several threads make them at once: asking the system for each block of memory
/// takes a fifth of the time of an export.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What ecomdb is made of; its public names are those of the package ``ecomdb``.
#[pymodule]
mod _ecomdb {
    #[pymodule_export]
    use crate::accounts::keys::{ApiKey, IssuedKey};
    #[pymodule_export]
    use crate::accounts::sessions::Session;
    #[pymodule_export]
    use crate::accounts::{Accounts, Login};
    #[pymodule_export]
    use crate::addresses::Address;
    #[pymodule_export]
    use crate::analytics::{Analytics, CustomerSummary};
    #[pymodule_export]
    use crate::arrow::stream;
    #[pymodule_export]
    use crate::caller::Caller;
    #[pymodule_export]
    use crate::categories::{Categories, Category};
    #[pymodule_export]
    use crate::check::{CheckReport, CheckResult, Finding};
    #[pymodule_export]
    use crate::connect::{connect, sqlite_file};
    #[pymodule_export]
    use crate::database::Database;
    #[pymodule_export]
    use crate::export::ArrowStream;
    #[pymodule_export]
    use crate::exported::RowsOfTable;
    #[pymodule_export]
    use crate::generator::{Measure, Progress, RealismReport, Summary, TableSummary, generate_csv, realism};
    #[pymodule_export]
    use crate::inventory::{Movement, Stock, StockLevel};
    #[pymodule_export]
    use crate::listing::{Listing, Page, PageIterator, RowCount, RowIterator};
    #[pymodule_export]
    use crate::on_behalf::OnBehalf;
    #[pymodule_export]
    use crate::order_rows::{Buyer, Order, OrderAdjustment, OrderItem, OrderQuote, OrderSummary, OrderUser};
    #[pymodule_export]
    use crate::orders::Orders;
    #[pymodule_export]
    use crate::payments::{Payment, Payments, Refund};
    #[pymodule_export]
    use crate::product_groups::{ProductGroup, ProductGroupSummary, ProductGroups};
    #[pymodule_export]
    use crate::product_parts::ProductImage;
    #[pymodule_export]
    use crate::products::{CategoryRef, PriceChange, Product, Products};
    #[pymodule_export]
    use crate::shop::{Shop, ShopSettings};
    #[pymodule_export]
    use crate::statistics::Statistics;
    #[pymodule_export]
    use crate::transaction::Transaction;
    #[pymodule_export]
    use crate::users::{Dossier, User, Users, VoucherUse};
    #[pymodule_export]
    use crate::vouchers::{Voucher, Vouchers};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::enums::add_to(module)?;
        crate::analytics::add_to(module)?;
        crate::scenario::add_to(module)?;
        // The public names are those of the package.
        let public: Vec<String> = module.index()?.extract()?;
        let public: Vec<_> = public.into_iter().filter(|name| !name.starts_with('_')).collect();
        module.setattr("__all__", public)
    }
}
