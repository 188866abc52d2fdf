//! A realistic shop of any size, from a seed.
//!
//! A [`Scenario`] describes the shop; a [`Dataset`] made from it yields the rows. Rows are a pure function of the
//! scenario, whatever the chunk size and number of threads. Users and orders can be made from any range, in any order.
//! Only the stock ledger is sequential: a [`StockKeeper`] must see every order once.
//!
//! Memory is bounded by the number of products, price changes and days of the period. It does not grow with the number
//! of users or orders, except that the keeper remembers lines that will be returned to stock.
//!
//! ```
//! use ecomdb::generator::{Dataset, Scenario};
//!
//! # let to = chrono::DateTime::from_timestamp(1_750_000_000, 0).unwrap();
//! let dataset = Dataset::new(Scenario::small(to))?;
//! let revenue: i64 = dataset.orders().map(|bundle| bundle.order.total).sum();
//! assert_eq!(dataset.orders().count(), 1_000);
//! assert!(revenue > 0);
//! # Ok::<(), ecomdb::generator::ScenarioError>(())
//! ```

mod addresses;
mod assembly;
mod calendar;
mod catalog;
mod chunk;
mod companions;
mod customers;
mod fate;
mod files;
mod load;
mod orders;
mod people;
mod placement;
mod popularity;
mod products;
mod progress;
mod realism;
mod renaming;
mod sales;
mod scenario;
mod setting;
mod shelf;
mod stock;
mod streams;
mod terms;
mod users;
mod variants;

use std::ops::Range;

use addresses::Addresses;
use calendar::Calendar;
use customers::Customers;
use people::People;
use popularity::{BasketSizes, Weighted};
use shelf::Shelf;

pub use crate::tables::{
    AddressRow, AdjustmentRow, CategoryRow, InventoryRow, MovementRow, OrderBundle, OrderItemRow, OrderRow,
    PaymentReference, PaymentRow, PriceChangeRow, ProductExternalIdRow, ProductGroupRow, ProductImageRow,
    ProductRevisionRow, ProductRow, RefundRow, Summary, TableSummary, UserRevisionRow, UserRow, VoucherRow,
    VoucherUseRow,
};
pub(crate) use assembly::Assembly;
pub(crate) use load::{Observer, USUAL, load_into};
pub use orders::Orders;
pub(crate) use progress::Clock;
pub use progress::{Progress, Step};
pub use realism::{Measure, Realism, RealismReport};
pub use scenario::{Preset, Scenario, ScenarioError};
pub use setting::{Setting, SettingValue};
pub use stock::StockKeeper;
pub use users::Users;

/// Maximum number of lines in an order.
const MOST_LINES: usize = 20;

/// The rows of one scenario.
///
/// Holds the data shared by all rows (catalog, price lists, calendar). Can be shared between threads.
#[derive(Debug)]
pub struct Dataset {
    scenario: Scenario,
    calendar: Calendar,
    shelf: Shelf,
    popularity: Weighted,
    basket_sizes: BasketSizes,
    customers: Customers,
    people: People,
    addresses: Addresses,
}

impl Dataset {
    /// Prepares the rows of a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] naming the first invalid field.
    pub fn new(scenario: Scenario) -> Result<Self, ScenarioError> {
        scenario.validate()?;
        let calendar = Calendar::new(&scenario)?;
        let mut shelf = Shelf::new(&scenario, &calendar);
        companions::assign(&mut shelf);
        let on_sale = (0..shelf.len()).filter(|&product| shelf.is_always_on_sale(product));
        let most_lines = on_sale.take(MOST_LINES).count();
        Ok(Self {
            popularity: Weighted::zipf(scenario.products, scenario.zipf_exponent),
            basket_sizes: BasketSizes::new(scenario.basket_lines, most_lines),
            customers: Customers::new(&scenario),
            people: People::new(scenario.seed),
            addresses: Addresses::new(&scenario),
            calendar,
            shelf,
            scenario,
        })
    }

    /// The scenario of this dataset.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// All users, by ascending id and creation time.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        self.users_range(0..self.scenario.users)
    }

    /// The users with the ids `range.start + 1` to `range.end`, clipped to the number of users.
    #[must_use]
    pub fn users_range(&self, range: Range<u64>) -> Users<'_> {
        Users::new(self, range)
    }

    /// All orders, by ascending id and time.
    #[must_use]
    pub fn orders(&self) -> Orders<'_> {
        self.orders_range(0..self.scenario.orders)
    }

    /// The orders with the ids `range.start + 1` to `range.end`, clipped to the number of orders. Ranges that begin at
    /// multiples of 64 are slightly faster.
    #[must_use]
    pub fn orders_range(&self, range: Range<u64>) -> Orders<'_> {
        Orders::new(self, range)
    }

    /// All vouchers, by ascending id; none if no order has one.
    pub fn vouchers(&self) -> impl Iterator<Item = VoucherRow> + use<> {
        let vouchers = if self.scenario.vouchers > 0.0 { terms::vouchers(self) } else { Vec::new() };
        vouchers.into_iter()
    }

    /// A stock ledger without movements; it needs every order, by ascending id.
    #[must_use]
    pub fn stock_keeper(&self) -> StockKeeper<'_> {
        StockKeeper::new(self)
    }

    /// Compares products and orders with the scenario as they are passed in.
    #[must_use]
    pub fn realism(&self) -> Realism<'_> {
        Realism::new(self)
    }

    /// Generates catalog and orders without storing them, and compares them with the scenario.
    ///
    /// ```
    /// use ecomdb::generator::{Dataset, Scenario};
    ///
    /// let dataset = Dataset::new(Scenario::demo("2026-01-01T00:00:00Z".parse()?))?;
    /// let report = dataset.realism_report();
    /// assert!(report.is_ok(), "{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn realism_report(&self) -> RealismReport {
        let (mut realism, mut orders, mut bundle) = (self.realism(), self.orders(), OrderBundle::new());
        self.products().for_each(|row| realism.observe_product(&row));
        self.product_external_ids().for_each(|row| realism.observe_external_id(&row));
        while orders.fill_next(&mut bundle) {
            realism.observe(&bundle);
        }
        realism.report()
    }
}

#[cfg(test)]
mod tests;
