//! Addresses of orders.

use ecomdb::AddressBuilder;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::errors::invalid;
use crate::rows::{Row as _, rows};
use crate::values::Value;

/// The fields of an address.
pub(crate) struct Fields {
    recipient: String,
    street: String,
    city: String,
    region: Option<String>,
    postcode: Option<String>,
    country: String,
    phone: Option<String>,
}

rows! {
    /// A shipping or billing address.
    Address = Fields {
        /// str: name of the person or company.
        recipient,
        /// str: street and house number, on one to five lines.
        street,
        /// str: town or city.
        city,
        /// str | None: state, province or region.
        region,
        /// str | None: postal code.
        postcode,
        /// str: ISO 3166-1 code of the country, of two capital letters.
        country,
        /// str | None: telephone number, for the carrier.
        phone,
    }
}

impl Value for ecomdb::Address {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let fields = Fields {
            recipient: self.recipient().to_owned(),
            street: self.street().to_owned(),
            city: self.city().to_owned(),
            region: text(self.region()),
            postcode: text(self.postcode()),
            country: self.country().to_string(),
            phone: text(self.phone()),
        };
        fields.into_python(py)
    }
}

/// The address of an argument: an [`Address`], or a mapping with its fields. The library checks the values.
pub(crate) fn address(name: &str, given: &Bound<'_, PyAny>) -> PyResult<AddressBuilder> {
    let field = |field: &str| -> PyResult<Option<String>> {
        let value = match given.cast::<PyMapping>() {
            Ok(mapping) if mapping.contains(field)? => mapping.get_item(field)?,
            Ok(_) => return Ok(None),
            Err(_) => given.getattr(field)?,
        };
        value.extract().map_err(|_| PyTypeError::new_err(format!("{name}.{field} must be a str, not {value:?}")))
    };
    if let Ok(mapping) = given.cast::<PyMapping>() {
        for key in mapping.keys()? {
            if !Address::FIELDS.iter().any(|known| key.eq(*known).unwrap_or(false)) {
                let allowed = format!("must have no other fields than {}, not {key:?}", Address::FIELDS.join(", "));
                return Err(invalid(given.py(), &ecomdb::Invalid::new(name, allowed)));
            }
        }
    } else if !given.is_instance_of::<Address>() {
        return Err(PyTypeError::new_err(format!(
            "{name} must be an Address or a mapping of its fields, not {given:?}"
        )));
    }
    let required = |name| field(name).map(Option::unwrap_or_default);
    let mut address =
        ecomdb::Address::builder(required("recipient")?, required("street")?, required("city")?, required("country")?);
    if let Some(region) = field("region")? {
        address = address.region(region);
    }
    if let Some(postcode) = field("postcode")? {
        address = address.postcode(postcode);
    }
    Ok(match field("phone")? {
        Some(phone) => address.phone(phone),
        None => address,
    })
}
