//! `db.shop`

use ecomdb::ShopPatch;
use pyo3::prelude::*;

use crate::rows::rows;
use crate::scope::{Scope, run};
use crate::values::Value as _;

rows! {
    /// The settings of the shop.
    Shop = ecomdb::Shop {
        /// str: name.
        name,
        /// str: ISO 4217 code of the currency of all amounts.
        currency,
        /// str: IANA name of the time zone in which days begin, for people who look at the shop.
        time_zone,
    }
}

/// The settings of a shop: ``db.shop``, ``tx.shop`` in a transaction, or ``shop.shop`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct ShopSettings {
    pub(crate) scope: Scope,
}

#[pymethods]
impl ShopSettings {
    /// The settings.
    ///
    /// Returns:
    ///     Shop: the settings. A new shop is called ``"Shop"``, its currency is EUR and its time zone UTC.
    fn get(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        run!(self.scope, py, |shop| shop.shop().get())?.into_python(py)
    }

    /// Updates the given settings. Another currency relabels all amounts; they are not converted.
    ///
    /// Args:
    ///     name (str | None): the new name: 1 to 100 characters.
    ///     currency (str | None): the new currency: the ISO 4217 code of one with 2 decimals, such as ``"EUR"``.
    ///     time_zone (str | None): the new time zone, by its IANA name, such as ``"Europe/Berlin"``.
    ///
    /// Returns:
    ///     Shop: the updated settings.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed.
    #[pyo3(signature = (*, name=None, currency=None, time_zone=None))]
    fn update(
        &self,
        py: Python<'_>,
        name: Option<String>,
        currency: Option<String>,
        time_zone: Option<String>,
    ) -> PyResult<Py<PyAny>> {
        let mut patch = ShopPatch::default();
        (patch.name, patch.currency, patch.time_zone) = (name, currency, time_zone);
        run!(self.scope, py, |shop| shop.shop().update(patch))?.into_python(py)
    }
}
