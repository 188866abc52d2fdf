//! `db.products`

use ecomdb::{CategoryId, Invalid, NewProduct, ProductFilter, ProductGroupId, ProductId, ProductPatch};
use pyo3::prelude::*;

use crate::enums::{maybe_word, word};
use crate::errors::invalid;
use crate::integers::{Count, Id, count};
use crate::listing::{Listing, Paging, listing};
use crate::money::{amount, maybe_amount};
use crate::option_values::option_values;
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::values::Value as _;

rows! {
    /// The category of a product.
    CategoryRef = ecomdb::CategoryRef {
        /// int: category id.
        id,
        /// str: name.
        name,
    }

    /// A product, with its category and what is in stock.
    Product = ecomdb::Product {
        /// int: product id.
        id,
        /// str: stock keeping unit, unique.
        sku,
        /// str: name.
        name,
        /// str: description; may be empty.
        description,
        /// Decimal: current price of a unit, with two places.
        price,
        /// ProductStatus: whether it can be ordered.
        status,
        /// CategoryRef: category.
        category,
        /// bool: whether anything is in stock.
        in_stock,
        /// int | None: units in stock; None for callers without ``inventory:read``.
        stock,
        /// int | None: the reorder level, in units; None for callers without ``inventory:read``.
        reorder_level,
        /// datetime: when it was created, in UTC.
        created_at,
        /// datetime: when it was last changed, in UTC; its stock does not count.
        updated_at,
        /// int | None: id of its group; None for a product that is in none.
        group_id,
        /// OptionValues: a value for each option of its group.
        options,
        /// tuple[ProductImage, ...]: images, in order.
        images,
    }

    /// One change of a product's price.
    PriceChange = ecomdb::PriceChange {
        /// int: product id.
        product_id,
        /// Decimal: the price until then.
        old_price,
        /// Decimal: the price from then on.
        new_price,
        /// datetime: when it changed, in UTC.
        changed_at,
    }
}

/// The products of a shop: ``db.products``, ``tx.products`` in a transaction, or ``shop.products`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Products {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Products {
    /// Creates a product and its inventory.
    ///
    /// Args:
    ///     name (str): 1 to 200 characters.
    ///     category_id (int): category id.
    ///     price (Decimal | int | str): price of a unit: 0.00 to 999,999,999.99, with at most two places.
    ///     sku (str | None): stock keeping unit, 1 to 64 characters, unique. Default: a generated one.
    ///     description (str): at most 10,000 characters.
    ///     initial_stock (int): units in stock from the start: 0 to 1,000,000,000.
    ///     reorder_level (int): the reorder level, in units: 0 to 1,000,000,000.
    ///     group_id (int | None): the group that it joins.
    ///     options (Mapping[str, str] | None): a value for each option of the group, such as ``{"colour": "red", "size": "L"}``.
    ///     idempotency_key (str | None): a repeated call with the same key returns the first product.
    ///
    /// Returns:
    ///     Product: the new product, which can be ordered.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed, also for a category or group that does not exist.
    ///     DuplicateError: another product has the SKU, or another one of the group has the same values.
    ///     IdempotencyKeyReusedError: the key was used for another product.
    ///     TypeError: the price is a float, which is not exact.
    #[pyo3(signature = (name, category_id, price, *, sku=None, description="", initial_stock=0, reorder_level=0,
                        group_id=None, options=None, idempotency_key=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn create(
        &self,
        py: Python<'_>,
        name: &str,
        category_id: Id,
        price: &Bound<'_, PyAny>,
        sku: Option<&str>,
        description: &str,
        #[pyo3(from_py_with = count)] initial_stock: i64,
        #[pyo3(from_py_with = count)] reorder_level: i64,
        group_id: Option<Id>,
        options: Option<&Bound<'_, PyAny>>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let mut product =
            NewProduct::builder(name, category_id.of(py, "category_id", CategoryId::new)?, amount("price", price)?)
                .description(description)
                .initial_stock(initial_stock)
                .reorder_level(reorder_level)
                .group_id(group_id.map(|id| id.of(py, "group_id", ProductGroupId::new)).transpose()?);
        if let Some(options) = options {
            product = product.options(option_values(options)?);
        }
        if let Some(sku) = sku {
            product = product.sku(sku);
        }
        let product = product.build().map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        let made = run!(self.scope, py, |shop| shop.products().idempotent(key).create(product));
        made?.into_python(py)
    }

    /// The product with this id.
    ///
    /// Args:
    ///     id (int): product id.
    ///
    /// Returns:
    ///     Product: the product.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.products().get(id))?.into_python(py)
    }

    /// All products, or those that match every filter.
    ///
    /// Args:
    ///     category_id (int | None): only products of this category.
    ///     group_id (int | None): only products of this group.
    ///     status (ProductStatus | str | None): only products of this status.
    ///     search (str | None): only products with all of these words, or their beginnings, in SKU, name, category, option
    ///         values or description, in any case and with or without accents. At most 254 characters.
    ///     min_price (Decimal | int | str | None): only products that cost as much or more.
    ///     max_price (Decimal | int | str | None): only products that cost as much or less.
    ///     in_stock (bool | None): only products of which something is in stock, or only those of which nothing is.
    ///     sort (ProductSort | str): ``"id"``, ``"name"``, ``"price"`` or ``"created_at"``; a minus sign
    ///         reverses the order.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[Product]: the products, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    ///     TypeError: a price is a float, which is not exact.
    #[pyo3(signature = (*, category_id=None, group_id=None, status=None, search=None, min_price=None, max_price=None,
                        in_stock=None, sort="id", after=None, before=None, page_size=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn list(
        &self,
        py: Python<'_>,
        category_id: Option<Id>,
        group_id: Option<Id>,
        status: Option<&str>,
        search: Option<String>,
        min_price: Option<&Bound<'_, PyAny>>,
        max_price: Option<&Bound<'_, PyAny>>,
        in_stock: Option<bool>,
        sort: &str,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = ProductFilter::default().sort(word(py, "sort", sort)?);
        filter.category_id = category_id.map(|id| id.of(py, "category_id", CategoryId::new)).transpose()?;
        filter.group_id = group_id.map(|id| id.of(py, "group_id", ProductGroupId::new)).transpose()?;
        filter.status = maybe_word(py, "status", status)?;
        filter.min_price = maybe_amount("min_price", min_price)?;
        filter.max_price = maybe_amount("max_price", max_price)?;
        (filter.search, filter.in_stock) = (search, in_stock);
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, ProductFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.products().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.products().count(&filter))
        })
    }

    /// Updates the given values. A new price is written into the price history.
    ///
    /// Args:
    ///     id (int): product id.
    ///     name (str | None): the new name.
    ///     category_id (int | None): the new category.
    ///     price (Decimal | int | str | None): the new price; orders keep the one they were placed at.
    ///     sku (str | None): the new SKU.
    ///     description (str | None): the new description.
    ///     status (ProductStatus | str | None): ``"active"`` or ``"archived"``.
    ///     reorder_level (int | None): the new reorder level.
    ///     group_id (int | None): the group that it joins, with ``options``.
    ///     options (Mapping[str, str] | None): the new values for all options of its group.
    ///     ungrouped (bool): lets it leave its group. Not together with ``group_id``.
    ///
    /// Returns:
    ///     Product: the updated product.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another product has the SKU, or another one of the group has the same values.
    ///     TypeError: the price is a float, which is not exact.
    #[pyo3(signature = (id, *, name=None, category_id=None, price=None, sku=None, description=None, status=None,
                        reorder_level=None, group_id=None, options=None, ungrouped=false))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn update(
        &self,
        py: Python<'_>,
        id: Id,
        name: Option<String>,
        category_id: Option<Id>,
        price: Option<&Bound<'_, PyAny>>,
        sku: Option<String>,
        description: Option<String>,
        status: Option<&str>,
        reorder_level: Option<Count>,
        group_id: Option<Id>,
        options: Option<&Bound<'_, PyAny>>,
        ungrouped: bool,
    ) -> PyResult<Py<PyAny>> {
        if ungrouped && group_id.is_some() {
            return Err(invalid(py, &Invalid::new("ungrouped", "must be False when there is a group_id")));
        }
        let id = id.of(py, "id", ProductId::new)?;
        let group_id = group_id.map(|id| id.of(py, "group_id", ProductGroupId::new)).transpose()?.map(Some);
        let mut patch = ProductPatch::default();
        (patch.name, patch.sku, patch.description) = (name, sku, description);
        patch.category_id = category_id.map(|id| id.of(py, "category_id", CategoryId::new)).transpose()?;
        patch.price = maybe_amount("price", price)?;
        patch.status = maybe_word(py, "status", status)?;
        patch.reorder_level = reorder_level.map(|level| level.0);
        patch.group_id = if ungrouped { Some(None) } else { group_id };
        patch.options = options.map(option_values).transpose()?;
        run!(self.scope, py, |shop| shop.products().update(id, patch))?.into_python(py)
    }

    /// Deletes a product that was never ordered, with its inventory, price history, images and external ids.
    ///
    /// Args:
    ///     id (int): product id.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     InUseError: it has orders. Archive it: ``update(id, status="archived")``.
    fn delete(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        let id = id.of(py, "id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.products().delete(id))
    }

    /// How a product's price changed, the latest change first.
    ///
    /// Args:
    ///     id (int): product id.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[PriceChange]: the changes, fetched while you iterate.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id; raised when the first page is fetched.
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (id, *, after=None, before=None, page_size=None))]
    fn price_history(
        &self,
        py: Python<'_>,
        id: Id,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let id = id.of(py, "id", ProductId::new)?;
        let fetch = |py: Python<'_>, (scope, id): &(Scope, ProductId), page| {
            let id = *id;
            run!(scope, py, |shop| shop.products().price_history(id, &page))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), id), fetch, |py, (scope, id)| {
            let id = *id;
            run!(scope, py, |shop| shop.products().count_price_changes(id))
        })
    }
}
