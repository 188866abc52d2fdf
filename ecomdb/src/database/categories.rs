//! Operations on categories.

use std::collections::BTreeMap;

use super::access::{Access, checked};
use crate::catalog::categories;
use crate::catalog::{Category, CategoryPatch, NewCategory};
#[cfg(doc)]
use crate::error::Conflict;
use crate::error::Error;
use crate::types::{CategoryId, Page, PageRequest, RowCount, Scope};

/// Categories of a shop, from [`Database::categories`](crate::Database::categories).
#[derive(Debug)]
pub struct Categories<A>(pub(crate) A);

impl<A: Access> Categories<A> {
    /// Creates a category, from its name or a [`NewCategory`].
    ///
    /// # Errors
    /// [`Error::Invalid`] (`name`; `description`; `parent_id` if it does not exist). [`Conflict::Duplicate`] (`name`).
    ///
    /// ```
    /// # let db = ecomdb::Database::open("sqlite::memory:")?;
    /// let lamps = db.categories().create("Lamps")?;
    /// assert_eq!(db.categories().get(lamps.id)?.name, "Lamps");
    /// assert!(db.categories().create("Lamps").unwrap_err().is_conflict());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn create<C: TryInto<NewCategory>>(self, category: C) -> A::Answer<Category>
    where
        Error: From<C::Error>,
    {
        let category = checked!(A, category.try_into());
        self.0.write(Scope::CatalogWrite, None, move |conn, _| categories::create(conn, &category))
    }

    /// The category with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: CategoryId) -> A::Answer<Category> {
        self.0.read(Scope::CatalogRead, move |conn, _| categories::get(conn, id))
    }

    /// A page of categories, by ascending id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`, `before`) for the cursor of another list.
    pub fn list(self, page: &PageRequest) -> A::Answer<Page<Category>> {
        let page = page.clone();
        self.0.read(Scope::CatalogRead, move |conn, _| categories::list(conn, &page))
    }

    /// Number of categories.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn count(self) -> A::Answer<RowCount> {
        self.0.read(Scope::CatalogRead, |conn, _| categories::count(conn))
    }

    /// The number of products of each category that has any, archived ones included for callers who can see them. Products
    /// of categories below it are not counted.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let lamps = db.categories().create("Lamps")?.id;
    /// # db.categories().create("Books")?;
    /// # db.products().create(NewProduct::builder("Desk lamp", lamps, "29.99".parse()?).build()?)?;
    /// let counts = db.categories().product_counts()?;
    /// assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(lamps, 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn product_counts(self) -> A::Answer<BTreeMap<CategoryId, i64>> {
        self.0.read(Scope::CatalogRead, categories::product_counts)
    }

    /// Changes a category.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`], including (`parent_id`) for a cycle. [`Conflict::Duplicate`] (`name`).
    pub fn update(self, id: CategoryId, patch: CategoryPatch) -> A::Answer<Category> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Categories::update`], but only if `is_expected` is true of the category, evaluated in the transaction
    /// that makes the change. See [`Products::update_if`](crate::Products::update_if).
    ///
    /// # Errors
    /// As [`Categories::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(
        self,
        id: CategoryId,
        patch: CategoryPatch,
        is_expected: impl Fn(&Category) -> bool + Send + 'static,
    ) -> A::Answer<Category> {
        let patch = checked!(A, patch.checked());
        self.0.write(Scope::CatalogWrite, None, move |conn, _| categories::update(conn, id, &patch, &is_expected))
    }

    /// Deletes a category without products and subcategories.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] while it has products or subcategories.
    pub fn delete(self, id: CategoryId) -> A::Answer<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Categories::delete`], but only if `is_expected` is true of the category, evaluated in the transaction
    /// that deletes it.
    ///
    /// # Errors
    /// As [`Categories::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: CategoryId, is_expected: impl Fn(&Category) -> bool + Send + 'static) -> A::Answer<()> {
        self.0.write(Scope::CatalogWrite, None, move |conn, _| categories::delete(conn, id, &is_expected))
    }
}
