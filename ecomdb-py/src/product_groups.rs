//! `db.groups`

use ecomdb::{NewProductGroup, ProductGroupId, ProductGroupPatch};
use pyo3::prelude::*;

use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::values::Value as _;

rows! {
    /// A group of products that differ in the values of its options, such as colour and size.
    ProductGroup = ecomdb::ProductGroup {
        /// int: group id.
        id,
        /// str: name.
        name,
        /// str: description; may be empty.
        description,
        /// tuple[str, ...]: names of the options, in order.
        options,
        /// tuple[Product, ...]: its products that the caller can see, by id.
        variants,
        /// datetime: when it was created, in UTC.
        created_at,
        /// datetime: when name, description or options were last changed, in UTC.
        updated_at,
    }

    /// A group of products as lists show it.
    ProductGroupSummary = ecomdb::ProductGroupSummary {
        /// int: group id.
        id,
        /// str: name.
        name,
        /// str: description; may be empty.
        description,
        /// tuple[str, ...]: names of the options, in order.
        options,
        /// int: number of its products, archived ones included.
        variant_count,
        /// datetime: when it was created, in UTC.
        created_at,
        /// datetime: when name, description or options were last changed, in UTC.
        updated_at,
    }
}

/// The groups of products of a shop: ``db.groups``, ``tx.groups`` in a transaction, or ``shop.groups`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct ProductGroups {
    pub(crate) scope: Scope,
}

#[pymethods]
impl ProductGroups {
    /// Creates a group without products. Products join it with ``group_id`` and ``options``, when they are created or updated.
    ///
    /// Args:
    ///     name (str): 1 to 200 characters.
    ///     options (Sequence[str]): 1 to 5 names of options, in order, such as ``["colour", "size"]``.
    ///     description (str): at most 10,000 characters.
    ///     idempotency_key (str | None): a repeated call with the same key returns the first group.
    ///
    /// Returns:
    ///     ProductGroup: the new group.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed.
    ///     IdempotencyKeyReusedError: the key was used for another group.
    #[pyo3(signature = (name, options, *, description="", idempotency_key=None))]
    fn create(
        &self,
        py: Python<'_>,
        name: &str,
        options: Vec<String>,
        description: &str,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let group = NewProductGroup::builder(name, options).description(description).build();
        let group = group.map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        run!(self.scope, py, |shop| shop.groups().idempotent(key).create(group))?.into_python(py)
    }

    /// The group with this id, with its products.
    ///
    /// Args:
    ///     id (int): group id.
    ///
    /// Returns:
    ///     ProductGroup: the group.
    ///
    /// Raises:
    ///     NotFoundError: no group has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", ProductGroupId::new)?;
        run!(self.scope, py, |shop| shop.groups().get(id))?.into_python(py)
    }

    /// All groups, by id.
    ///
    /// Args:
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[ProductGroupSummary]: the groups, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, after=None, before=None, page_size=None))]
    fn list(
        &self,
        py: Python<'_>,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let fetch = |py: Python<'_>, scope: &Scope, page| run!(scope, py, |shop| shop.groups().list(&page));
        listing(py, Paging { after, before, page_size }, self.scope.clone(), fetch, |py, scope| {
            run!(scope, py, |shop| shop.groups().count())
        })
    }

    /// Updates the given values. While the group has products, its options can only be renamed: as many as before, and those
    /// that stay keep their place.
    ///
    /// Args:
    ///     id (int): group id.
    ///     name (str | None): the new name.
    ///     description (str | None): the new description.
    ///     options (Sequence[str] | None): the new names of the options.
    ///
    /// Returns:
    ///     ProductGroup: the updated group.
    ///
    /// Raises:
    ///     NotFoundError: no group has the id.
    ///     ValidationError: for every argument that is not allowed.
    #[pyo3(signature = (id, *, name=None, description=None, options=None))]
    fn update(
        &self,
        py: Python<'_>,
        id: Id,
        name: Option<String>,
        description: Option<String>,
        options: Option<Vec<String>>,
    ) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", ProductGroupId::new)?;
        let mut patch = ProductGroupPatch::default();
        (patch.name, patch.description, patch.options) = (name, description, options);
        run!(self.scope, py, |shop| shop.groups().update(id, patch))?.into_python(py)
    }

    /// Deletes a group without products.
    ///
    /// Args:
    ///     id (int): group id.
    ///
    /// Raises:
    ///     NotFoundError: no group has the id.
    ///     InUseError: it has products, which leave it with ``db.products.update(id, ungrouped=True)``.
    fn delete(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        let id = id.of(py, "id", ProductGroupId::new)?;
        run!(self.scope, py, |shop| shop.groups().delete(id))
    }
}
