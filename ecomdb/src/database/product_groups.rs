//! Operations on groups of products.

use super::access::{Access, checked};
use super::{NoKey, OperationKey, WithKey};
use crate::catalog::{NewProductGroup, ProductGroup, ProductGroupPatch, ProductGroupSummary, groups};
use crate::context::Context;
use crate::engine::Connection;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::types::{IdempotencyKey, Page, PageRequest, ProductGroupId, RowCount, Scope};

/// Groups of products, from [`Database::groups`](crate::Database::groups). A product of a group is a variant: it has a value
/// for each of the group's options, such as colour and size.
#[derive(Debug)]
pub struct ProductGroups<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> ProductGroups<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes `create` idempotent: repeated with the same key and request, it creates nothing and returns the first group;
    /// see [`IdempotencyKey`].
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> ProductGroups<A, WithKey> {
        ProductGroups { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> ProductGroups<A, K> {
    /// Creates a group without products. Products join it when they are created or changed; see
    /// [`ProductBuilder::group_id`](crate::ProductBuilder::group_id) and [`ProductPatch`](crate::ProductPatch).
    ///
    /// # Errors
    /// As [`Database::write`](crate::Database::write).
    pub fn create(self, group: NewProductGroup) -> A::Answer<ProductGroup> {
        self.access
            .write(Scope::CatalogWrite, self.key.into_key(), move |conn, context| groups::create(conn, context, &group))
    }
}

impl<A: Access> ProductGroups<A> {
    /// The group with this id, with its products.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: ProductGroupId) -> A::Answer<ProductGroup> {
        self.access.snapshot(Scope::CatalogRead, move |conn, context| groups::get(conn, context, id))
    }

    /// A page of groups, by ascending id.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`, `before`) for the cursor of another list.
    pub fn list(self, page: &PageRequest) -> A::Answer<Page<ProductGroupSummary>> {
        let page = page.clone();
        self.access.read(Scope::CatalogRead, move |conn, _| groups::list(conn, &page))
    }

    /// Number of groups.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn count(self) -> A::Answer<RowCount> {
        self.access.read(Scope::CatalogRead, |conn, _| groups::count(conn))
    }

    /// Changes a group. A patch without differences changes nothing, not even `updated_at`.
    ///
    /// While the group has products, options can be renamed, but not added, removed or moved: each product has a value for
    /// each of them. To change their number, let the products leave the group first.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`name`, `description`, `options`).
    ///
    /// ```
    /// # use ecomdb::{Database, NewProduct, NewProductGroup, ProductGroupPatch};
    /// # let db = Database::open(":memory:")?;
    /// # let clothes = db.categories().create("Clothes")?;
    /// let shirt = db.groups().create(NewProductGroup::builder("T-shirt", ["colour", "size"]).build()?)?;
    /// let large = NewProduct::builder("T-shirt, red, L", clothes.id, "19.99".parse()?);
    /// db.products().create(large.group_id(shirt.id).options([("colour", "red"), ("size", "L")]).build()?)?;
    ///
    /// let options = |names: &[&str]| ProductGroupPatch::default().options(names.iter().map(|it| (*it).into()).collect());
    /// let renamed = db.groups().update(shirt.id, options(&["Farbe", "size"]))?;
    /// assert_eq!(renamed.variants[0].options.get("Farbe"), Some("red"));
    /// assert!(db.groups().update(shirt.id, options(&["size"])).unwrap_err().is_invalid());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update(self, id: ProductGroupId, patch: ProductGroupPatch) -> A::Answer<ProductGroup> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`ProductGroups::update`], but only if `is_expected` is true of the group, evaluated in the transaction that
    /// makes the change.
    ///
    /// # Errors
    /// As [`ProductGroups::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(
        self,
        id: ProductGroupId,
        patch: ProductGroupPatch,
        is_expected: impl Fn(&ProductGroup) -> bool + Send + 'static,
    ) -> A::Answer<ProductGroup> {
        let patch = checked!(A, patch.checked());
        if patch == ProductGroupPatch::default() {
            let get = move |conn: &mut Connection, context: &Context| groups::get_if(conn, context, id, &is_expected);
            return self.access.snapshot(Scope::CatalogRead, get);
        }
        self.access.write(Scope::CatalogWrite, None, move |conn, context| {
            groups::update(conn, context, id, &patch, &is_expected)
        })
    }

    /// Deletes a group without products.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a group with products, which leave it with
    /// `ProductPatch::default().group_id(None)`.
    pub fn delete(self, id: ProductGroupId) -> A::Answer<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`ProductGroups::delete`], but only if `is_expected` is true of the group, evaluated in the transaction that
    /// deletes it.
    ///
    /// # Errors
    /// As [`ProductGroups::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(
        self,
        id: ProductGroupId,
        is_expected: impl Fn(&ProductGroup) -> bool + Send + 'static,
    ) -> A::Answer<()> {
        self.access
            .write(Scope::CatalogWrite, None, move |conn, context| groups::delete(conn, context, id, &is_expected))
    }
}
