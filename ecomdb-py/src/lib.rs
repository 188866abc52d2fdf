//! The Python package `ecomdb`.
