//! Times as arguments: aware `datetime`s, `date`s, or text as on the command line; and lengths of time, in seconds.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ecomdb::{Invalid, Period, TimeZone};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyString, PyTzInfo};

use crate::errors::invalid;

/// The period between two arguments, either of which may be missing.
pub(crate) fn period(
    from: Option<&Bound<'_, PyAny>>,
    to: Option<&Bound<'_, PyAny>>,
    zone: TimeZone,
) -> PyResult<Period> {
    let Some(either) = from.or(to) else { return Ok(Period::ALL) };
    let read = |field, value: Option<&Bound<'_, PyAny>>| value.map(|value| text(field, value)).transpose();
    let (from, to) = (read("from_", from)?, read("to", to)?);
    Period::parse_in(zone, from.as_deref(), to.as_deref()).map_err(|error| invalid(either.py(), &error))
}

/// One moment; a day stands for its first moment in UTC.
pub(crate) fn moment(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<DateTime<Utc>> {
    let text = text(field, value)?;
    let read = Period::parse(Some(&text), None).map_err(|error| {
        let message = error.fields().iter().map(|error| error.message.as_str()).collect::<String>();
        invalid(value.py(), &Invalid::new(field, message))
    })?;
    read.from().ok_or_else(|| PyTypeError::new_err(format!("{field} must be a moment")))
}

/// As text that the library reads: a day, or a time in UTC.
fn text(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    if value.is_instance_of::<PyDateTime>() {
        if value.call_method0("utcoffset")?.is_none() {
            return Err(PyTypeError::new_err(format!(
                "{field} must be an aware datetime: say which time zone, as in \
                 datetime(2026, 1, 31, 18, tzinfo=timezone.utc)"
            )));
        }
        let utc = value.call_method1("astimezone", (PyTzInfo::utc(py)?,))?;
        return utc.call_method0("isoformat")?.extract();
    }
    if value.is_instance_of::<PyDate>() {
        return value.call_method0("isoformat")?.extract();
    }
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_cow()?.into_owned()),
        Err(_) => Err(PyTypeError::new_err(format!(
            "{field} must be a datetime, a date or a str such as \"2026-01-31\", not {}",
            value.get_type().name()?
        ))),
    }
}

/// A duration from an argument in seconds; at most a day.
pub(crate) fn seconds(py: Python<'_>, field: &'static str, value: f64) -> PyResult<Duration> {
    let duration = Duration::try_from_secs_f64(value).ok();
    let duration = duration.filter(|duration| !duration.is_zero() && *duration <= Duration::from_secs(86_400));
    let wrong = || Invalid::new(field, format!("must be a number of seconds above 0 and at most 86400, not {value}"));
    duration.ok_or_else(|| invalid(py, &wrong()))
}

/// A clock from a callable. It is called once, so that an invalid one is refused immediately.
pub(crate) fn clock(callable: &Bound<'_, PyAny>) -> PyResult<impl Fn() -> DateTime<Utc> + Send + Sync + 'static> {
    if !callable.is_callable() {
        let kind = callable.get_type().name()?;
        return Err(PyTypeError::new_err(format!("clock must be a callable that gives a datetime, not {kind}")));
    }
    time_of(callable)?;
    let callable = callable.clone().unbind();
    Ok(move || {
        let given = Python::try_attach(|py| {
            let callable = callable.bind(py);
            time_of(callable).map_err(|error| error.write_unraisable(py, Some(callable))).ok()
        });
        given.flatten().unwrap_or_else(Utc::now)
    })
}

fn time_of(clock: &Bound<'_, PyAny>) -> PyResult<DateTime<Utc>> {
    let time = clock.call0()?;
    if !time.is_instance_of::<PyDateTime>() {
        let kind = time.get_type().name()?;
        return Err(PyTypeError::new_err(format!("clock must be a callable that gives a datetime, not {kind}")));
    }
    moment("clock", &time)
}
