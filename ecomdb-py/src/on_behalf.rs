//! `db.on_behalf_of`

use std::sync::Arc;

use pyo3::prelude::*;

use crate::accounts::Accounts;
use crate::analytics::Analytics;
use crate::behalf::Behalf;
use crate::caller::Caller;
use crate::categories::Categories;
use crate::database::Database;
use crate::inventory::Stock;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::product_groups::ProductGroups;
use crate::products::Products;
use crate::scope::Scope;
use crate::shop::ShopSettings;
use crate::users::Users;
use crate::vouchers::Vouchers;

#[pymethods]
impl Database {
    /// The shop on behalf of a caller: the same parts as the database, each limited to the permissions of the caller.
    ///
    /// Each operation reads the permissions again in its own transaction. Once the session or key has ended, or its
    /// user is disabled, that is an :class:`InvalidTokenError`; once the role no longer allows it, a :class:`ForbiddenError`.
    ///
    /// Args:
    ///     caller (Caller): the result of :meth:`Accounts.authenticate`.
    ///
    /// Returns:
    ///     OnBehalf: the shop for this caller.
    fn on_behalf_of(&self, caller: &Caller) -> OnBehalf {
        OnBehalf { behalf: Behalf::new(Arc::clone(&self.handle), Arc::clone(&caller.0)) }
    }
}

/// The shop on behalf of a :class:`Caller`: ``db.on_behalf_of(caller)``.
///
/// It has the same parts as the database: ``shop.orders.place(...)``. What the caller lacks permission for raises
/// :class:`ForbiddenError`; a list raises it when its first page is fetched. Rows of other users do not exist for a
/// customer: they are a :class:`NotFoundError`, and in no list. What is about the whole database, such as transactions,
/// exports and the generator, is not here.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct OnBehalf {
    behalf: Behalf,
}

impl OnBehalf {
    fn scope(&self) -> Scope {
        Scope::OnBehalf(self.behalf.clone())
    }
}

#[pymethods]
impl OnBehalf {
    /// Caller: the caller.
    #[getter]
    fn caller(&self) -> Caller {
        Caller(self.behalf.shared_caller())
    }

    /// ShopSettings: name, currency and time zone of the shop.
    #[getter]
    fn shop(&self) -> ShopSettings {
        ShopSettings { scope: self.scope() }
    }

    /// Users: users; for a customer, only its own.
    #[getter]
    fn users(&self) -> Users {
        Users { scope: self.scope() }
    }

    /// Categories: product categories.
    #[getter]
    fn categories(&self) -> Categories {
        Categories { scope: self.scope() }
    }

    /// Products: products and their prices.
    #[getter]
    fn products(&self) -> Products {
        Products { scope: self.scope() }
    }

    /// ProductGroups: groups of products.
    #[getter]
    fn groups(&self) -> ProductGroups {
        ProductGroups { scope: self.scope() }
    }

    /// Inventory: stock levels and movements.
    #[getter]
    fn inventory(&self) -> Stock {
        Stock { scope: self.scope() }
    }

    /// Orders: orders; for a customer, only its own.
    #[getter]
    fn orders(&self) -> Orders {
        Orders { scope: self.scope() }
    }

    /// Payments: payments and refunds; for a customer, only of its own orders.
    #[getter]
    fn payments(&self) -> Payments {
        Payments { scope: self.scope() }
    }

    /// Vouchers: vouchers.
    #[getter]
    fn vouchers(&self) -> Vouchers {
        Vouchers { scope: self.scope() }
    }

    /// Analytics: sales reports.
    #[getter]
    fn analytics(&self) -> Analytics {
        Analytics { scope: self.scope() }
    }

    /// Accounts: the caller's sessions and keys; with ``users:manage``, those of all users.
    #[getter]
    fn accounts(&self) -> Accounts {
        Accounts { behalf: self.behalf.clone() }
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.OnBehalf of {} on {}>", self.caller().name(), self.behalf.engine())
    }
}
