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
use crate::products::Products;
use crate::scope::Scope;
use crate::users::Users;

#[pymethods]
impl Database {
    /// The shop as somebody may see and change it: with the same parts as the database, each limited to what the caller may.
    ///
    /// Each operation asks in its own transaction whether the caller may still do it. Once the session or key has ended, or its
    /// user is disabled, that is an :class:`InvalidTokenError`; once the role no longer allows it, a :class:`ForbiddenError`.
    ///
    /// Args:
    ///     caller (Caller): whoever asks, as :meth:`Accounts.authenticate` gave it.
    ///
    /// Returns:
    ///     OnBehalf: the shop for this caller.
    fn on_behalf_of(&self, caller: &Caller) -> OnBehalf {
        OnBehalf { behalf: Behalf::new(Arc::clone(&self.handle), Arc::clone(&caller.0)) }
    }
}

/// The shop as a :class:`Caller` may see and change it: ``db.on_behalf_of(caller)``.
///
/// It has the same parts as the database: ``shop.orders.place(...)``. What the role or the API key does not include raises
/// :class:`ForbiddenError`; a list raises it when its first page is fetched. What belongs to somebody else does not exist for a
/// customer: it is a :class:`NotFoundError`, and no list has it. What is about the whole database, such as transactions,
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
    /// Caller: for whom.
    #[getter]
    fn caller(&self) -> Caller {
        Caller(self.behalf.shared_caller())
    }

    /// Users: who buys; for a customer, itself.
    #[getter]
    fn users(&self) -> Users {
        Users { scope: self.scope() }
    }

    /// Categories: what products are grouped by.
    #[getter]
    fn categories(&self) -> Categories {
        Categories { scope: self.scope() }
    }

    /// Products: what is sold.
    #[getter]
    fn products(&self) -> Products {
        Products { scope: self.scope() }
    }

    /// Inventory: what is in stock.
    #[getter]
    fn inventory(&self) -> Stock {
        Stock { scope: self.scope() }
    }

    /// Orders: what was ordered; for a customer, its own.
    #[getter]
    fn orders(&self) -> Orders {
        Orders { scope: self.scope() }
    }

    /// Payments: how it was paid; for a customer, its own orders.
    #[getter]
    fn payments(&self) -> Payments {
        Payments { scope: self.scope() }
    }

    /// Analytics: what the shop sells, in reports.
    #[getter]
    fn analytics(&self) -> Analytics {
        Analytics { scope: self.scope() }
    }

    /// Accounts: the own sessions and keys; with ``users:manage``, everybody's.
    #[getter]
    fn accounts(&self) -> Accounts {
        Accounts { behalf: self.behalf.clone() }
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.OnBehalf of {} on {}>", self.caller().name(), self.behalf.engine())
    }
}
