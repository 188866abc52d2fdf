//! Enums: converts to members of `ecomdb.enums`, and from members or plain words.

use std::str::FromStr;

use ecomdb::{
    AddressKind, AdjustmentKind, CancelReason, CustomerSort, FunnelStage, Granularity, Invalid, MovementReason,
    OrderSort, OrderStatus, PaymentMethod, PaymentOutcome, PaymentState, PaymentStatus, ProductSort, ProductStatus,
    RfmSegment, Role, Scope, Table, UserSort, UserStatus, VoucherKind,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule};

use crate::errors::invalid;
use crate::values::Value;

/// The value of an argument, or an error that lists the allowed words.
pub(crate) fn word<T: FromStr<Err = String>>(py: Python<'_>, field: &str, text: &str) -> PyResult<T> {
    text.parse().map_err(|error: String| invalid(py, &Invalid::new(field, error)))
}

/// The same for an argument that may be missing.
pub(crate) fn maybe_word<T: FromStr<Err = String>>(
    py: Python<'_>,
    field: &'static str,
    text: Option<&str>,
) -> PyResult<Option<T>> {
    text.map(|text| word(py, field, text)).transpose()
}

macro_rules! words {
    ($($name:ident $class:literal),+ $(,)?) => {
        $(impl Value for $name {
            fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                static MEMBERS: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();
                let members = MEMBERS.get_or_try_init(py, || {
                    let class = py.import("ecomdb.enums")?.getattr($class)?;
                    $name::ALL.iter().map(|word| Ok(class.call1((word.as_str(),))?.unbind())).collect::<PyResult<_>>()
                })?;
                Ok(members[self as usize].clone_ref(py))
            }
        })+

        /// The sets, of which `stubs.py` makes `ecomdb.enums`: what each is about, and its words with their meaning.
        pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
            let sets = PyDict::new(module.py());
            $(
                let words: Vec<_> = $name::ALL.iter().map(|word| (word.as_str(), word.meaning())).collect();
                sets.set_item($class, ($name::ABOUT, words))?;
            )+
            module.add("_WORDS", sets)
        }
    };
}

words!(
    UserStatus "UserStatus",
    ProductStatus "ProductStatus",
    MovementReason "MovementReason",
    OrderStatus "OrderStatus",
    CancelReason "CancelReason",
    AddressKind "AddressKind",
    AdjustmentKind "AdjustmentKind",
    VoucherKind "VoucherKind",
    PaymentMethod "PaymentMethod",
    PaymentState "PaymentState",
    PaymentStatus "PaymentStatus",
    PaymentOutcome "PaymentOutcome",
    Granularity "Granularity",
    RfmSegment "RfmSegment",
    FunnelStage "FunnelStage",
    Table "TableName",
    CustomerSort "CustomerSort",
    UserSort "UserSort",
    ProductSort "ProductSort",
    OrderSort "OrderSort",
    Role "Role",
    Scope "Scope",
);
