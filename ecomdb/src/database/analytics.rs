//! Reports.

use super::access::{Access, checked};
use crate::analytics::rows::*;
use crate::analytics::sales::Rollups;
use crate::analytics::{
    CustomerFilter, CustomerList, CustomerSummary, Question, Report, ReportRows, RfmSegment, Trend, affinity, cohorts,
    composition, countries, customer_list, customers, funnel, products, revenue, rfm, series, stock, trend,
};
use crate::types::{Limit, Period, ProductId, TimeZone, UserId, VoucherId};

/// Reports of a shop, from [`Database::analytics`](crate::Database::analytics).
///
/// ```
/// # use ecomdb::{Database, Period};
/// let db = Database::open("sqlite::memory:")?;
/// let january = Period::parse(Some("2026-01-01"), Some("2026-02-01"))?;
/// assert_eq!(db.analytics().total_revenue(&january)?.total_revenue.to_string(), "0.00");
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug)]
pub struct Analytics<A>(pub(crate) A);

/// The types of parameters.
macro_rules! parameter {
    (period) => { &Period };
    (limit) => { Limit };
    (segment) => { Option<RfmSegment> };
    (trend) => { &Trend };
    (product) => { ProductId };
    (customer) => { UserId };
    (zone) => { TimeZone };
}

/// Parameters as arguments of a query.
macro_rules! argument {
    (period, $value:expr) => {
        &$value
    };
    (trend, $value:expr) => {
        &$value
    };
    ($other:ident, $value:expr) => {
        $value
    };
}

macro_rules! methods {
    ($(
        #[doc = $about:literal] $(#[doc = $more:literal])*
        $variant:ident = $name:literal: $method:ident($($parameter:ident),+) -> $answer:ident $(<$row:ident>)? {
            query: $file:ident::$query:ident, rollups: $rollups:ident, metrics: [$($metric:ident),+],
        }
    )+) => {
        impl<A: Access> Analytics<A> {
            $(
                #[doc = $about]
                #[doc = ""]
                $(#[doc = $more])*
                ///
                /// # Errors
                /// As [`Database::read`](crate::Database::read). [`Error::Invalid`](crate::Error::Invalid) for a trend of
                /// too many steps. [`Error::NotFound`](crate::Error::NotFound) for a product or user that does not exist.
                pub fn $method(self, $($parameter: parameter!($parameter)),+) -> A::Answer<$answer $(<$row>)?> {
                    $(let $parameter = $parameter.to_owned();)+
                    self.0.report(Rollups::$rollups, move |conn| {
                        $file::$query(conn, $(argument!($parameter, $parameter)),+)
                    })
                }
            )+

            /// The rows of any report as values, for generic output.
            ///
            /// # Errors
            /// Those of the report. [`Error::Invalid`](crate::Error::Invalid) without a parameter that it
            /// [requires](Report::requires).
            ///
            /// ```
            /// # use ecomdb::{Cell, Database, Question, Report};
            /// let db = Database::open("sqlite::memory:")?;
            /// let rows = db.analytics().rows(Report::TotalRevenue, &Question::default())?;
            /// assert_eq!(rows.columns()[0].name, "total_revenue");
            /// assert_eq!(rows.iter().next().unwrap()[0], Cell::Money(0));
            /// # Ok::<(), ecomdb::Error>(())
            /// ```
            pub fn rows(self, report: Report, question: &Question) -> A::Answer<ReportRows> {
                let is_compared = question.trend.compare_previous;
                match report {$(
                    Report::$variant => {
                        $(let $parameter = checked!(A, question.$parameter());)+
                        A::map(self.$method($($parameter),+), move |answer| ReportRows::of(report, is_compared, answer))
                    }
                )+}
            }
        }
    };
}

crate::with_reports!(methods);

impl<A: Access> Analytics<A> {
    /// [`Analytics::sell_through`] of these products, as far as they were sold in the period; fewest days of cover first.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, Period};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(10).build()?;
    /// # let lamp = db.products().create(lamp)?.id;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let payment = NewPayment::captured(PaymentMethod::Card);
    /// db.orders().place(NewOrder::builder(ada.id).item(lamp, 2).payment(payment).build()?)?;
    /// let sold = db.analytics().sell_through_of(&Period::ALL, &[lamp])?;
    /// assert_eq!((sold[0].units_sold, sold[0].stock), (2, 8));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sell_through_of(self, period: &Period, products: &[ProductId]) -> A::Answer<Vec<SellThrough>> {
        let (period, products) = (*period, products.to_vec());
        self.0.report(Rollups::Sums, move |conn| stock::sell_through_of(conn, &period, &products))
    }

    /// [`Analytics::bought_together`] of one product and of all time: the pairs that it is a part of.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    ///
    /// ```
    /// # use ecomdb::{Database, Limit, ProductId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// assert!(db.analytics().bought_with(ProductId::new(7), Limit::new(5)?)?.is_empty());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn bought_with(self, product: ProductId, limit: Limit) -> A::Answer<Vec<BoughtTogether>> {
        self.0.report(Rollups::WithPairs, move |conn| affinity::bought_with(conn, product, limit))
    }

    /// [`Analytics::voucher_sales`] of one voucher and of all time; `None` if no completed order has it.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    ///
    /// ```
    /// # use ecomdb::{Database, VoucherId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// assert!(db.analytics().voucher_sales_of(VoucherId::new(7))?.is_none());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn voucher_sales_of(self, voucher: VoucherId) -> A::Answer<Option<VoucherSales>> {
        self.0.report(Rollups::Sums, move |conn| composition::of_voucher(conn, voucher))
    }

    /// A page of customers with what they have bought, and the number of all that match the filter. The list has the
    /// users with the role customer, and others with a completed order.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) (`cursor`, `before`) for a cursor of another list, or of this one with
    /// another filter or sort; (`search`), see [`UserFilter`](crate::UserFilter#search).
    ///
    /// ```
    /// # use ecomdb::{CustomerFilter, Database, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let customers = db.analytics().customers(&CustomerFilter::default().search("ada"))?;
    /// assert_eq!(customers.page.items[0].total_spent.to_string(), "0.00");
    /// assert_eq!(customers.count.to_string(), "1");
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn customers(self, filter: &CustomerFilter) -> A::Answer<CustomerList> {
        let filter = filter.clone();
        self.0.report(Rollups::Sums, move |conn| customer_list::list(conn, &filter))
    }

    /// What a user has bought: a row of [`Analytics::customers`]. [`Analytics::customer_value`] also scores it, which
    /// takes longer.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if there is no such user.
    ///
    /// ```
    /// # use ecomdb::{Database, NewUser};
    /// # let db = Database::open("sqlite::memory:")?;
    /// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// assert_eq!(db.analytics().customer(ada.id)?.orders, 0);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn customer(self, id: UserId) -> A::Answer<CustomerSummary> {
        self.0.report(Rollups::Sums, move |conn| customer_list::one(conn, id))
    }
}
