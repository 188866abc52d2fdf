//! The Python package `ecomdb`: the private module `ecomdb._ecomdb`.

mod database;
mod errors;

use pyo3::prelude::*;

/// An e-commerce database in your program.
#[pymodule]
fn _ecomdb(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<database::Database>()?;
    module.add_function(wrap_pyfunction!(database::connect, module)?)?;
    errors::add_to(module)
}
