//! Addresses of orders.

use serde::{Deserialize, Serialize};

use crate::error::{Fields, Invalid, Result};
use crate::types::{AddressKind, Country, text};

/// A shipping or billing address. Made by [`Address::builder`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "AddressBuilder")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Address {
    /// Name of the person or company.
    recipient: String,
    /// Street and house number, on one to five lines.
    street: String,
    /// Town or city.
    city: String,
    /// State, province or region.
    region: Option<String>,
    /// Postal code.
    postcode: Option<String>,
    /// Country.
    country: Country,
    /// Telephone number, for the carrier.
    phone: Option<String>,
}

impl Address {
    /// Maximum number of lines of the street.
    pub const MAX_LINES: usize = 5;
    /// Maximum length of a line of the street in characters.
    pub const MAX_LINE: usize = 100;

    /// Starts an address. `street` has the street and house number, on one to five lines; `country` is an ISO 3166-1 code of
    /// two capital letters.
    ///
    /// ```
    /// use ecomdb::Address;
    ///
    /// let address = Address::builder("Ada Lovelace", "12 St James's Square\nFlat 2", "London", "GB");
    /// let address = address.postcode("SW1Y 4JH").build()?;
    /// assert_eq!(address.lines().collect::<Vec<_>>(), ["12 St James's Square", "Flat 2"]);
    /// assert_eq!(address.country().name(), "United Kingdom");
    ///
    /// let invalid = Address::builder("Ada", "12 St James's Square", "", "UK").build().unwrap_err();
    /// let fields: Vec<_> = invalid.fields().iter().map(|error| error.field.as_str()).collect();
    /// assert_eq!(fields, ["city", "country"]);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn builder(
        recipient: impl Into<String>,
        street: impl Into<String>,
        city: impl Into<String>,
        country: impl Into<String>,
    ) -> AddressBuilder {
        AddressBuilder {
            recipient: recipient.into(),
            street: street.into(),
            city: city.into(),
            region: None,
            postcode: None,
            country: country.into(),
            phone: None,
        }
    }

    /// Name of the person or company.
    #[must_use]
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// Street and house number, on one to five lines.
    #[must_use]
    pub fn street(&self) -> &str {
        &self.street
    }

    /// The lines of the street.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.street.lines()
    }

    /// Town or city.
    #[must_use]
    pub fn city(&self) -> &str {
        &self.city
    }

    /// State, province or region.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Postal code.
    #[must_use]
    pub fn postcode(&self) -> Option<&str> {
        self.postcode.as_deref()
    }

    /// Country.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// Telephone number, for the carrier.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }
}

impl Address {
    /// An address as it is stored.
    pub(super) fn stored(
        (recipient, street, city): (String, String, String),
        region: Option<String>,
        postcode: Option<String>,
        country: Country,
        phone: Option<String>,
    ) -> Self {
        Self { recipient, street, city, region, postcode, country, phone }
    }
}

/// Builder of an [`Address`]; [`AddressBuilder::build`] validates the values.
#[derive(Debug, Clone, Deserialize)]
#[must_use]
pub struct AddressBuilder {
    recipient: String,
    street: String,
    city: String,
    region: Option<String>,
    postcode: Option<String>,
    country: String,
    phone: Option<String>,
}

impl AddressBuilder {
    /// Sets the state, province or region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the postal code.
    pub fn postcode(mut self, postcode: impl Into<String>) -> Self {
        self.postcode = Some(postcode.into());
        self
    }

    /// Sets the telephone number.
    pub fn phone(mut self, phone: impl Into<String>) -> Self {
        self.phone = Some(phone.into());
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `recipient` (1 to 200 characters), `street` (1 to 5 lines of 1 to 100 characters;
    /// empty lines are left out), `city` and `region` (1 to 100 characters), `postcode` (1 to 20 characters), `country` (an ISO
    /// 3166-1 code of two capital letters), `phone` (1 to 40 characters).
    pub fn build(self) -> Result<Address, Invalid> {
        self.build_at("")
    }

    /// Like [`AddressBuilder::build`]; `path` is the path of the address in the request.
    pub(super) fn build_at(self, path: &str) -> Result<Address, Invalid> {
        let mut fields = Fields::default();
        let mut name = |field: &str, value: &str, max| fields.check(text::name(&format!("{path}{field}"), value, max));
        let recipient = name("recipient", &self.recipient, 200);
        let city = name("city", &self.city, 100);
        let region = self.region.and_then(|it| name("region", &it, 100));
        let postcode = self.postcode.and_then(|it| name("postcode", &it, 20));
        let phone = self.phone.and_then(|it| name("phone", &it, 40));
        let street = fields.check(street(&format!("{path}street"), &self.street));
        let country = fields.check(Country::named(&format!("{path}country"), &self.country));
        fields.finish_with(|| {
            Some(Address {
                recipient: recipient?,
                street: street?,
                city: city?,
                region,
                postcode,
                country: country?,
                phone,
            })
        })
    }
}

/// The lines of a street, each trimmed, without empty ones.
fn street(field: &str, text: &str) -> Result<String, Invalid> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (count, most) = (lines.len(), Address::MAX_LINES);
    if !(1..=most).contains(&count) {
        return Err(Invalid::new(field, format!("must have 1 to {most} lines, not {count}")));
    }
    let lines: Vec<String> =
        lines.into_iter().map(|line| text::name(field, line, Address::MAX_LINE)).collect::<Result<_, _>>()?;
    Ok(lines.join("\n"))
}

impl TryFrom<AddressBuilder> for Address {
    type Error = Invalid;

    fn try_from(address: AddressBuilder) -> Result<Self, Invalid> {
        address.build()
    }
}

impl From<Address> for AddressBuilder {
    fn from(address: Address) -> Self {
        let Address { recipient, street, city, region, postcode, country, phone } = address;
        Self { recipient, street, city, region, postcode, country: country.into(), phone }
    }
}

/// The addresses of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Addresses {
    pub(super) shipping: Option<Address>,
    pub(super) billing: Option<Address>,
}

impl Addresses {
    /// The country of the order: that of the shipping address, or of the billing address.
    pub(super) fn country(&self) -> Option<Country> {
        self.shipping.as_ref().or(self.billing.as_ref()).map(Address::country)
    }

    pub(super) fn set(&mut self, kind: AddressKind, address: Address) {
        match kind {
            AddressKind::Shipping => self.shipping = Some(address),
            AddressKind::Billing => self.billing = Some(address),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (AddressKind, &Address)> {
        let shipping = self.shipping.iter().map(|it| (AddressKind::Shipping, it));
        shipping.chain(self.billing.iter().map(|it| (AddressKind::Billing, it)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(address: AddressBuilder) -> Vec<String> {
        address.build_at("shipping_address.").unwrap_err().fields().iter().map(|error| error.field.clone()).collect()
    }

    fn builder(street: &str) -> AddressBuilder {
        Address::builder("Ada", street, "London", "GB")
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let empty = Address::builder("", " \n ", "\t", "England").region("").postcode("1".repeat(21)).phone("\u{7}");
        let fields = ["recipient", "city", "region", "postcode", "phone", "street", "country"];
        assert_eq!(wrong(empty), fields.map(|field| format!("shipping_address.{field}")));
    }

    #[test]
    fn a_street_has_one_to_five_lines_without_empty_ones() {
        let address = builder(" 12 St James's Square \r\n\r\n Flat 2\n").build().unwrap();
        assert_eq!(address.street(), "12 St James's Square\nFlat 2");
        assert_eq!(builder("1\n2\n3\n4\n5").build().unwrap().lines().count(), 5);
        for street in ["1\n2\n3\n4\n5\n6", &"x".repeat(101), "zero\u{200b}width", "bell\u{7}"] {
            assert_eq!(wrong(builder(street)), ["shipping_address.street"], "{street:?}");
        }
    }

    #[test]
    fn json_that_is_no_valid_address_is_refused() {
        let address = builder("12 St James's Square").phone("+44 20 7946 0000").build().unwrap();
        let json = serde_json::to_string(&address).unwrap();
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        assert!(serde_json::from_str::<Address>(&json.replace("GB", "UK")).is_err());
    }
}
