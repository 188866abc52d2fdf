//! The settings of a scenario as keyword arguments.

use chrono::{DateTime, NaiveTime, Utc};
use ecomdb::generator::{Preset, Scenario, ScenarioError, Setting, SettingValue};
use ecomdb::{Invalid, quoted};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyModule};

use crate::enums::word;
use crate::errors::invalid;
use crate::integers::Count;
use crate::times;

/// The scenario that keyword arguments describe.
pub(crate) fn scenario(py: Python<'_>, preset: &str, values: Option<&Bound<'_, PyDict>>) -> PyResult<Scenario> {
    let given = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        let value = values.map(|values| values.get_item(name)).transpose()?.flatten();
        Ok(value.filter(|value| !value.is_none()))
    };
    let until = given("until")?.map(|until| times::moment("until", &until)).transpose()?;
    let until = until.unwrap_or_else(last_midnight);
    if until > Utc::now() {
        return Err(invalid(py, &Invalid::new("until", "must not be in the future: orders are never placed there")));
    }
    let mut scenario = word::<Preset>(py, "preset", preset)?.scenario(until);
    if let Some(from) = given("from_")? {
        scenario.from = times::moment("from_", &from)?;
    }
    for setting in Setting::ALL {
        if let Some(given) = given(setting.name)? {
            let given = value(setting, &given, &scenario)?;
            setting.set(&mut scenario, given).map_err(|error| refused(py, &error))?;
        }
    }
    if let Some(values) = values {
        refuse_unknown(values)?;
    }
    scenario.validate().map_err(|error| refused(py, &error))?;
    Ok(scenario)
}

fn refused(py: Python<'_>, error: &ScenarioError) -> PyErr {
    let field = if error.field() == "to" { "until" } else { error.field() };
    invalid(py, &Invalid::new(field, format!("is {}, must be {}", error.value(), error.allowed())))
}

fn refuse_unknown(values: &Bound<'_, PyDict>) -> PyResult<()> {
    for name in values.keys() {
        let name: String = name.extract()?;
        let is_known = name == "from_" || name == "until" || Setting::ALL.iter().any(|setting| setting.name == name);
        if !is_known {
            return Err(PyTypeError::new_err(format!(
                "a scenario has no value {}: see help(ecomdb.Database.generate)",
                quoted(&name)
            )));
        }
    }
    Ok(())
}

/// For the command line, `stubs.py` and tests: name, type, placeholder, meaning and heading of each setting.
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let usual = Scenario::new(DateTime::UNIX_EPOCH);
    let settings = Setting::ALL.iter().map(|setting| {
        let kind = match setting.get(&usual) {
            SettingValue::Count(_) => "int",
            SettingValue::Number(_) => "float",
            SettingValue::Hours(_) => "Sequence[float]",
        };
        (setting.name, kind, setting.placeholder(), setting.about, setting.heading.unwrap_or_default())
    });
    module.add("_SETTINGS", PyList::new(module.py(), settings)?)
}

/// The default end of a scenario, so that all runs of one day generate the same rows.
fn last_midnight() -> DateTime<Utc> {
    Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// The value for a setting, of the kind that the scenario has.
fn value(setting: &Setting, given: &Bound<'_, PyAny>, scenario: &Scenario) -> PyResult<SettingValue> {
    let (py, field) = (given.py(), setting.name);
    match setting.get(scenario) {
        SettingValue::Count(_) => {
            let Count(number) = given.extract().map_err(|_| wrong_type(field, "an int", given))?;
            let number = u64::try_from(number);
            let number =
                number.map_err(|_| invalid(py, &Invalid::new(field, format!("must be 0 or more, not {given}"))));
            Ok(SettingValue::Count(number?))
        }
        SettingValue::Number(_) => {
            given.extract().map(SettingValue::Number).map_err(|_| wrong_type(field, "a number", given))
        }
        SettingValue::Hours(_) => {
            let numbers: Vec<f64> = given.extract().map_err(|_| wrong_type(field, "24 numbers", given))?;
            SettingValue::hours(numbers).map_err(|message| invalid(py, &Invalid::new(field, message)))
        }
    }
}

fn wrong_type(field: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{field} must be {wanted}, not {value:?}"))
}
