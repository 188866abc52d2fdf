//! The rows of reports: a class for each row type of the library, with its documentation.

use pyo3::prelude::*;
use pyo3::types::PyModule;

use crate::rows::{Row, rows};
use crate::values::Value;

/// A row type of the library.
pub(super) trait ReportRow: Value {
    type Row: Row;
}

/// The type of a field in Python, for its docstring.
macro_rules! python_type {
    (i64) => {
        "int"
    };
    (UserId) => {
        "int"
    };
    (ProductId) => {
        "int"
    };
    (CategoryId) => {
        "int"
    };
    (OrderId) => {
        "int"
    };
    (VoucherId) => {
        "int"
    };
    (Country) => {
        "str"
    };
    (Money) => {
        "Decimal"
    };
    (f64) => {
        "float"
    };
    (String) => {
        "str"
    };
    (DateTime<Utc>) => {
        "datetime"
    };
    (NaiveDate) => {
        "date"
    };
    (RfmSegment) => {
        "RfmSegment"
    };
    (FunnelStage) => {
        "FunnelStage"
    };
    (Option<$of:ident>) => {
        concat!(python_type!($of), " | None")
    };
}

macro_rules! classes {
    ($(
        $(#[doc = $doc:literal])+
        $row:ident $(: $derive:ident $(+ $also:ident)*)? {
            $(
                #[doc = $first:literal] $(#[doc = $more:literal])*
                $(#[serde($($serde:tt)+)])?
                $field:ident $(as $python:literal)?: $type:ident $(<$inner:ident>)? $(= $example:literal)?
            ),+ $(,)?
        }
    )+) => {
        rows! {$(
            $(#[doc = $doc])+
            $row = ecomdb::$row {
                $(
                    #[doc = concat!(python_type!($type $(<$inner>)?), ":", $first)]
                    $(#[doc = $more])*
                    $field $(as $python)?
                ),+
            }
        )+}

        $(impl ReportRow for ecomdb::$row {
            type Row = $row;
        })+

        pub(super) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_class::<$row>()?;)+
            Ok(())
        }
    };
}

ecomdb::with_report_rows!(classes);
