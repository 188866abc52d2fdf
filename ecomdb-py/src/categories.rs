//! `db.categories`

use ecomdb::{CategoryId, CategoryPatch, Invalid, NewCategory};
use pyo3::prelude::*;

use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::scope::{Scope, run};
use crate::values::Value as _;

rows! {
    /// A category of products.
    Category = ecomdb::Category {
        /// int: category id.
        id,
        /// str: name, unique.
        name,
        /// int | None: the category that it is a part of.
        parent_id,
        /// str: description; may be empty.
        description,
        /// datetime: when it was created, in UTC.
        created_at,
    }
}

/// The categories of a shop: ``db.categories``, ``tx.categories`` in a transaction, or ``shop.categories`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Categories {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Categories {
    /// Creates a category.
    ///
    /// Args:
    ///     name (str): 1 to 200 characters; unique.
    ///     parent_id (int | None): the category that it is a part of.
    ///     description (str): at most 10,000 characters.
    ///
    /// Returns:
    ///     Category: the new category.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed, also for a parent that does not exist.
    ///     DuplicateError: another category has the name.
    #[pyo3(signature = (name, *, parent_id=None, description=""))]
    fn create(&self, py: Python<'_>, name: &str, parent_id: Option<Id>, description: &str) -> PyResult<Py<PyAny>> {
        let parent_id = parent_id.map(|id| id.of(py, "parent_id", CategoryId::new)).transpose()?;
        let category = NewCategory::builder(name).parent_id(parent_id).description(description).build();
        let category = category.map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.categories().create(category))?.into_python(py)
    }

    /// The category with this id.
    ///
    /// Args:
    ///     id (int): category id.
    ///
    /// Returns:
    ///     Category: the category.
    ///
    /// Raises:
    ///     NotFoundError: no category has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", CategoryId::new)?;
        run!(self.scope, py, |shop| shop.categories().get(id))?.into_python(py)
    }

    /// All categories, by id.
    ///
    /// Args:
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[Category]: the categories, fetched while you iterate.
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
        let fetch = |py: Python<'_>, scope: &Scope, page| run!(scope, py, |shop| shop.categories().list(&page));
        listing(py, Paging { after, before, page_size }, self.scope.clone(), fetch, |py, scope| {
            run!(scope, py, |shop| shop.categories().count())
        })
    }

    /// Updates the given values.
    ///
    /// Args:
    ///     id (int): category id.
    ///     name (str | None): the new name.
    ///     parent_id (int | None): the category that it becomes a part of.
    ///     root (bool): makes it a part of none. Not together with ``parent_id``.
    ///     description (str | None): the new description.
    ///
    /// Returns:
    ///     Category: the updated category.
    ///
    /// Raises:
    ///     NotFoundError: no category has the id.
    ///     ValidationError: for every argument that is not allowed, also where it would become a part of itself.
    ///     DuplicateError: another category has the name.
    #[pyo3(signature = (id, *, name=None, parent_id=None, root=false, description=None))]
    fn update(
        &self,
        py: Python<'_>,
        id: Id,
        name: Option<String>,
        parent_id: Option<Id>,
        root: bool,
        description: Option<String>,
    ) -> PyResult<Py<PyAny>> {
        if root && parent_id.is_some() {
            return Err(invalid(py, &Invalid::new("root", "must be False when there is a parent_id")));
        }
        let id = id.of(py, "id", CategoryId::new)?;
        let parent_id = parent_id.map(|id| id.of(py, "parent_id", CategoryId::new)).transpose()?.map(Some);
        let mut patch = CategoryPatch::default();
        (patch.name, patch.description) = (name, description);
        patch.parent_id = if root { Some(None) } else { parent_id };
        run!(self.scope, py, |shop| shop.categories().update(id, patch))?.into_python(py)
    }

    /// Deletes an empty category.
    ///
    /// Args:
    ///     id (int): category id.
    ///
    /// Raises:
    ///     NotFoundError: no category has the id.
    ///     InUseError: it has products, or categories below it.
    fn delete(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        let id = id.of(py, "id", CategoryId::new)?;
        run!(self.scope, py, |shop| shop.categories().delete(id))
    }
}
