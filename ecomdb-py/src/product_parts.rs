//! Images and external ids of `db.products`.

use ecomdb::{ExternalId, ProductId};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::{invalid, unlike};
use crate::integers::Id;
use crate::products::Products;
use crate::rows::rows;
use crate::scope::run;
use crate::values::Value as _;

rows! {
    /// An image of a product. Its address is stored and shown; the shop does not fetch it.
    ProductImage = ecomdb::ProductImage {
        /// str: address.
        url,
        /// str: alternative text; may be empty.
        alt,
    }
}

/// The ids of a product as a dict from the source.
fn by_source(py: Python<'_>, ids: Vec<ExternalId>) -> PyResult<Py<PyDict>> {
    let dict = PyDict::new(py);
    for id in ids {
        dict.set_item(id.source(), id.external_id())?;
    }
    Ok(dict.unbind())
}

const IMAGES: &str = "images must be addresses, tuples of an address and a text, or ProductImage";

/// An image from an address, or from an address and an alternative text.
fn image(image: &Bound<'_, PyAny>) -> PyResult<ecomdb::ProductImage> {
    if let Ok(url) = image.extract::<String>() {
        return Ok(ecomdb::ProductImage::new(url, ""));
    }
    if let Ok((url, alt)) = image.extract::<(String, String)>() {
        return Ok(ecomdb::ProductImage::new(url, alt));
    }
    let attribute = |name: &str| image.getattr(name).and_then(|value| value.extract::<String>());
    match (attribute("url"), attribute("alt")) {
        (Ok(url), Ok(alt)) => Ok(ecomdb::ProductImage::new(url, alt)),
        _ => Err(unlike(IMAGES, image, PyTypeError::new_err(()))),
    }
}

#[pymethods]
impl Products {
    /// Replaces the images of a product. Their addresses are stored, not fetched. The same images again change nothing.
    ///
    /// Args:
    ///     id (int): product id.
    ///     images (Iterable[ProductImage | tuple[str, str] | str]): at most 20 images in order, each an address, or an address and
    ///         an alternative text. An address begins with ``https://`` or ``http://``, or is a path that begins with one ``/``.
    ///
    /// Returns:
    ///     Product: the updated product.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for every image that is not allowed.
    fn set_images(&self, py: Python<'_>, id: Id, images: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", ProductId::new)?;
        let images = images.try_iter().map_err(|error| unlike(IMAGES, images, error))?;
        // An endless iterator ends at the first image too many.
        let images =
            images.take(ecomdb::Product::MAX_IMAGES + 1).map(|it| image(&it?)).collect::<PyResult<Vec<_>>>()?;
        run!(self.scope, py, |shop| shop.products().set_images(id, images))?.into_python(py)
    }

    /// The ids of a product in other systems.
    ///
    /// Args:
    ///     id (int): product id.
    ///
    /// Returns:
    ///     dict[str, str]: the id in each source, sorted by source.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    fn external_ids(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyDict>> {
        let id = id.of(py, "id", ProductId::new)?;
        by_source(py, run!(self.scope, py, |shop| shop.products().external_ids(id))?)
    }

    /// The product with this id in another system.
    ///
    /// Args:
    ///     source (str): name of the other system.
    ///     external_id (str): id of the product there.
    ///
    /// Returns:
    ///     Product: the product.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id there.
    ///     ValidationError: for every argument that is not allowed.
    fn by_external_id(&self, py: Python<'_>, source: &str, external_id: &str) -> PyResult<Py<PyAny>> {
        let id = ExternalId::new(source, external_id).map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.products().by_external_id(&id))?.into_python(py)
    }

    /// Sets the id of a product in another system, which replaces the present one. The same id again changes nothing.
    ///
    /// Args:
    ///     id (int): product id.
    ///     source (str): name of the other system: 1 to 64 of the letters a to z, digits, ``-``, ``_`` and ``.``.
    ///     external_id (str): id of the product there, 1 to 200 characters.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another product has the id there.
    fn set_external_id(&self, py: Python<'_>, id: Id, source: &str, external_id: &str) -> PyResult<()> {
        let id = id.of(py, "id", ProductId::new)?;
        let external_id = ExternalId::new(source, external_id).map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.products().set_external_id(id, external_id)).map(drop)
    }

    /// Removes the id of a product in another system, if it has one.
    ///
    /// Args:
    ///     id (int): product id.
    ///     source (str): name of the other system.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for an argument that is not allowed.
    fn remove_external_id(&self, py: Python<'_>, id: Id, source: String) -> PyResult<()> {
        let id = id.of(py, "id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.products().remove_external_id(id, &source))
    }
}
