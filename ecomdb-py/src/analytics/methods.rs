//! The methods of `db.analytics`: one for each report of the library, with its documentation.

use ecomdb::{ProductId, Report, TimeZone, Trend, UserId};
use pyo3::prelude::*;

use super::report::report;
use super::{Analytics, rows_at_most};
use crate::enums::{maybe_word, word};
use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::scope::run;
use crate::times::period;

/// The type of the result, for the docstring.
macro_rules! returns {
    (Vec<$row:ident>) => {
        concat!("Report[", stringify!($row), "]: the rows.")
    };
    ($row:ident) => {
        concat!("Report[", stringify!($row), "]: one row.")
    };
}

/// The rows of the result.
macro_rules! list {
    ($answer:expr, Vec<$row:ident>) => {
        $answer
    };
    ($answer:expr, $row:ident) => {
        vec![$answer]
    };
}

/// The method of a report, by its parameters.
macro_rules! method {
    ((period) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
            ///         UTC.
            ///     to (datetime | date | str | None): only orders placed before this time.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     ValidationError: for an argument that is not allowed.
            #[pyo3(signature = (from_=None, to=None))]
            fn $method(
                &self,
                py: Python<'_>,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
            ) -> PyResult<Py<PyAny>> {
                let period = period(from_, to, TimeZone::UTC)?;
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(&period));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((limit) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     limit (int): maximum number of rows, from 1 to 1000.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     ValidationError: for an argument that is not allowed.
            #[pyo3(signature = (*, limit=Count(50)), text_signature = "($self, *, limit=50)")]
            fn $method(
                &self,
                py: Python<'_>,
                limit: Count,
            ) -> PyResult<Py<PyAny>> {
                let limit = rows_at_most(py, limit)?;
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(limit));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((period limit) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
            ///         UTC.
            ///     to (datetime | date | str | None): only orders placed before this time.
            ///     limit (int): maximum number of rows, from 1 to 1000.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     ValidationError: for an argument that is not allowed.
            #[pyo3(signature = (from_=None, to=None, *, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, limit=50)")]
            fn $method(
                &self,
                py: Python<'_>,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
                limit: Count,
            ) -> PyResult<Py<PyAny>> {
                let period = period(from_, to, TimeZone::UTC)?;
                let limit = rows_at_most(py, limit)?;
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(&period, limit));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((period segment limit) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     from_ (datetime | date | str | None): only orders placed at or after this time. A day begins at midnight
            ///         UTC.
            ///     to (datetime | date | str | None): only orders placed before this time.
            ///     segment (RfmSegment | str | None): only customers of this segment.
            ///     limit (int): maximum number of rows, from 1 to 1000.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     ValidationError: for an argument that is not allowed.
            #[pyo3(signature = (from_=None, to=None, *, segment=None, limit=Count(50)), text_signature = "($self, from_=None, to=None, *, segment=None, limit=50)")]
            fn $method(
                &self,
                py: Python<'_>,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
                segment: Option<&str>,
                limit: Count,
            ) -> PyResult<Py<PyAny>> {
                let period = period(from_, to, TimeZone::UTC)?;
                let segment = maybe_word(py, "segment", segment)?;
                let limit = rows_at_most(py, limit)?;
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(&period, segment, limit));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((trend) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
            ///         ``"month"``.
            ///     from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
            ///         completed order.
            ///     to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            ///     tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            ///     compare_previous (bool): whether to add to each step the values of the step one whole period earlier.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     ValidationError: for an argument that is not allowed, or for too many steps.
            #[pyo3(signature = (granularity="day", from_=None, to=None, *, tz="UTC", compare_previous=false))]
            #[allow(clippy::too_many_arguments, reason = "in Python, they have names")]
            fn $method(
                &self,
                py: Python<'_>,
                granularity: &str,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
                tz: &str,
                compare_previous: bool,
            ) -> PyResult<Py<PyAny>> {
                let granularity = word(py, "granularity", granularity)?;
                let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
                let period = period(from_, to, time_zone)?;
                let trend = Trend { period, granularity, time_zone, compare_previous };
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(&trend));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((product trend) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     product_id (int): the product.
            ///     granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
            ///         ``"month"``.
            ///     from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
            ///         completed order.
            ///     to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            ///     tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            ///     compare_previous (bool): whether to add to each step the values of the step one whole period earlier.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     NotFoundError: nothing has the id.
            ///     ValidationError: for an argument that is not allowed, or for too many steps.
            #[pyo3(signature = (product_id, granularity="day", from_=None, to=None, *, tz="UTC", compare_previous=false))]
            #[allow(clippy::too_many_arguments, reason = "in Python, they have names")]
            fn $method(
                &self,
                py: Python<'_>,
                product_id: Id,
                granularity: &str,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
                tz: &str,
                compare_previous: bool,
            ) -> PyResult<Py<PyAny>> {
                let product_id = product_id.of(py, "product_id", ProductId::new)?;
                let granularity = word(py, "granularity", granularity)?;
                let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
                let period = period(from_, to, time_zone)?;
                let trend = Trend { period, granularity, time_zone, compare_previous };
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(product_id, &trend));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((customer trend) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     user_id (int): the customer.
            ///     granularity (Granularity | str): length of a step: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or
            ///         ``"month"``.
            ///     from_ (datetime | date | str | None): start; a day begins at midnight in the time zone. If None, the first
            ///         completed order.
            ///     to (datetime | date | str | None): end, exclusive. If None, the last completed order.
            ///     tz (str): time zone of the calendar, such as ``"Europe/Berlin"``.
            ///     compare_previous (bool): whether to add to each step the values of the step one whole period earlier.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     NotFoundError: nothing has the id.
            ///     ValidationError: for an argument that is not allowed, or for too many steps.
            #[pyo3(signature = (user_id, granularity="day", from_=None, to=None, *, tz="UTC", compare_previous=false))]
            #[allow(clippy::too_many_arguments, reason = "in Python, they have names")]
            fn $method(
                &self,
                py: Python<'_>,
                user_id: Id,
                granularity: &str,
                from_: Option<&Bound<'_, PyAny>>,
                to: Option<&Bound<'_, PyAny>>,
                tz: &str,
                compare_previous: bool,
            ) -> PyResult<Py<PyAny>> {
                let user_id = user_id.of(py, "user_id", UserId::new)?;
                let granularity = word(py, "granularity", granularity)?;
                let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
                let period = period(from_, to, time_zone)?;
                let trend = Trend { period, granularity, time_zone, compare_previous };
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(user_id, &trend));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
    ((customer zone) $variant:ident $method:ident $about:literal $($more:literal)* => $($answer:tt)+) => {
        #[pymethods]
        impl Analytics {
            #[doc = $about]
            ///
            $(#[doc = $more])*
            ///
            /// Args:
            ///     user_id (int): the customer.
            ///     tz (str): time zone of the days, such as ``"Europe/Berlin"``.
            ///
            /// Returns:
            #[doc = concat!("    ", returns!($($answer)+))]
            ///
            /// Raises:
            ///     NotFoundError: nothing has the id.
            ///     ValidationError: for an argument that is not allowed.
            #[pyo3(signature = (user_id, *, tz="UTC"))]
            fn $method(&self, py: Python<'_>, user_id: Id, tz: &str) -> PyResult<Py<PyAny>> {
                let user_id = user_id.of(py, "user_id", UserId::new)?;
                let time_zone = tz.parse().map_err(|error| invalid(py, &error))?;
                let answer = run!(self.scope, py, |shop| shop.analytics().$method(user_id, time_zone));
                report(py, Report::$variant, list!(answer?, $($answer)+))
            }
        }
    };
}

macro_rules! methods {
    ($(
        #[doc = $about:literal] $(#[doc = $more:literal])*
        $variant:ident = $name:literal: $method:ident($($parameter:ident),+) -> $answer:ident $(<$row:ident>)? {
            query: $file:ident::$query:ident, rollups: $rollups:ident, metrics: [$($metric:ident),+],
        }
    )+) => {$(
        method! { ($($parameter)+) $variant $method $about $($more)* => $answer $(<$row>)? }
    )+};
}

ecomdb::with_reports!(methods);
