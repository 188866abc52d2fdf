//! Shipping and billing addresses of generated orders.
//!
//! A customer's address at home follows from the customer, so that orders of the same customer go to the same place.

use super::Scenario;
use super::people::{People, push_number};
use super::streams::{Entity, Stream, threshold};
use crate::tables::{AddressRow, OrderBundle};
use crate::types::{AddressKind, Country};

/// A country that orders go to.
struct Place {
    code: &'static str,
    /// Relative number of orders among those that go abroad.
    weight: u64,
    cities: &'static [(&'static str, Option<&'static str>)],
    streets: &'static [&'static str],
    /// Whether the house number comes before the street.
    is_number_first: bool,
    /// Postal code, with `#` for a digit and `@` for a letter.
    postcode: &'static str,
    /// Beginning of telephone numbers.
    phone: &'static str,
}

const ENGLISH: &[&str] = &[
    "High Street",
    "Church Road",
    "Station Road",
    "Mill Lane",
    "Park Avenue",
    "Victoria Terrace",
    "Green Lane",
    "Castle Street",
    "Oak Drive",
    "Harbour View",
];
const GERMAN: &[&str] =
    &["Hauptstraße", "Bahnhofstraße", "Gartenweg", "Schulstraße", "Lindenallee", "Bergstraße", "Am Markt", "Mühlenweg"];
const FRENCH: &[&str] =
    &["rue de la Gare", "rue du Moulin", "avenue Victor Hugo", "place de l'Église", "rue des Lilas", "impasse du Port"];
const DUTCH: &[&str] = &["Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsplein", "Wilhelminalaan", "Havenkade"];

/// The country of the shop, then the others.
const PLACES: [Place; 8] = [
    Place {
        code: "IE",
        weight: 0,
        cities: &[
            ("Dublin", Some("Co. Dublin")),
            ("Cork", Some("Co. Cork")),
            ("Galway", Some("Co. Galway")),
            ("Limerick", Some("Co. Limerick")),
            ("Waterford", Some("Co. Waterford")),
            ("Sligo", Some("Co. Sligo")),
        ],
        streets: ENGLISH,
        is_number_first: true,
        postcode: "@## @#@#",
        phone: "+353 ",
    },
    Place {
        code: "GB",
        weight: 40,
        cities: &[("London", None), ("Leeds", None), ("Bristol", None), ("Glasgow", None), ("Belfast", None)],
        streets: ENGLISH,
        is_number_first: true,
        postcode: "@@# #@@",
        phone: "+44 ",
    },
    Place {
        code: "DE",
        weight: 18,
        cities: &[("Berlin", None), ("Hamburg", None), ("München", None), ("Köln", None), ("Leipzig", None)],
        streets: GERMAN,
        is_number_first: false,
        postcode: "#####",
        phone: "+49 ",
    },
    Place {
        code: "FR",
        weight: 14,
        cities: &[("Paris", None), ("Lyon", None), ("Nantes", None), ("Lille", None)],
        streets: FRENCH,
        is_number_first: true,
        postcode: "#####",
        phone: "+33 ",
    },
    Place {
        code: "US",
        weight: 12,
        cities: &[("Boston", Some("MA")), ("Chicago", Some("IL")), ("Austin", Some("TX")), ("Seattle", Some("WA"))],
        streets: ENGLISH,
        is_number_first: true,
        postcode: "#####",
        phone: "+1 ",
    },
    Place {
        code: "NL",
        weight: 8,
        cities: &[("Amsterdam", None), ("Utrecht", None), ("Rotterdam", None)],
        streets: DUTCH,
        is_number_first: false,
        postcode: "#### @@",
        phone: "+31 ",
    },
    Place {
        code: "BE",
        weight: 5,
        cities: &[("Bruxelles", None), ("Gent", None), ("Liège", None)],
        streets: FRENCH,
        is_number_first: true,
        postcode: "####",
        phone: "+32 ",
    },
    Place {
        code: "AT",
        weight: 3,
        cities: &[("Wien", None), ("Graz", None), ("Salzburg", None)],
        streets: GERMAN,
        is_number_first: false,
        postcode: "####",
        phone: "+43 ",
    },
];

/// Code of the country of the shop.
pub(super) const HOME: &str = PLACES[0].code;

/// Shares of orders, as thresholds of 2^32, and the countries of [`PLACES`].
#[derive(Debug)]
pub(super) struct Addresses {
    seed: u64,
    addressed: u64,
    billed_elsewhere: u64,
    abroad: u64,
    countries: Vec<Country>,
}

impl Addresses {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let Scenario { seed, addressed, billed_elsewhere, abroad, .. } = *scenario;
        let country = |place: &Place| Country::all().find(|country| country.code() == place.code);
        Self {
            seed,
            addressed: threshold(addressed),
            billed_elsewhere: threshold(billed_elsewhere),
            abroad: threshold(abroad),
            countries: PLACES.iter().filter_map(country).collect(),
        }
    }

    /// Draws the addresses of the order in `bundle`, whose id and customer are set.
    pub(super) fn apply(&self, people: &People, stream: &mut Stream, bundle: &mut OrderBundle) {
        bundle.addresses.clear();
        bundle.order.country = None;
        let mut is_drawn = |share: u64| u64::from(stream.word()) < share;
        if !is_drawn(self.addressed) {
            return;
        }
        let (is_abroad, is_billed) = (is_drawn(self.abroad), is_drawn(self.billed_elsewhere));
        let customer = (bundle.order.user_id - 1) as u64;
        let (first, last) = people.person(customer, &mut String::new());
        let mut home = Stream::new(self.seed, Entity::Home, customer);
        let recipient = format!("{first} {last}");
        let mut shipping = match is_abroad {
            true => self.address(foreign(stream), recipient, stream),
            false => self.address(0, recipient, &mut home),
        };
        shipping.order_id = bundle.order.id;
        bundle.order.country = Some(shipping.country);
        // In the order of their keys.
        if is_billed {
            let billing = self.address(0, format!("{last} & Co"), stream);
            bundle.addresses.push(AddressRow { order_id: bundle.order.id, kind: AddressKind::Billing, ..billing });
        }
        bundle.addresses.push(shipping);
    }

    /// A shipping address in one of [`PLACES`].
    fn address(&self, place: usize, recipient: String, stream: &mut Stream) -> AddressRow {
        let (place, country) = (&PLACES[place], self.countries[place]);
        let (city, region) = stream.pick(place.cities).copied().unwrap_or_default();
        let (name, number) = (stream.pick(place.streets).copied().unwrap_or_default(), stream.early(1, 180) as u64);
        let mut street = String::with_capacity(name.len() + 4);
        if place.is_number_first {
            push_number(&mut street, number);
            street.push(' ');
        }
        street.push_str(name);
        if !place.is_number_first {
            street.push(' ');
            push_number(&mut street, number);
        }
        if stream.percent(12) {
            street.push_str("\nFlat ");
            push_number(&mut street, 1 + stream.below(20));
        }
        let postcode = place.postcode.chars().map(|mark| filled(mark, stream)).collect();
        let phone = stream.percent(25).then(|| {
            let mut phone = place.phone.to_owned();
            push_number(&mut phone, 100_000_000 + stream.below(900_000_000));
            phone
        });
        AddressRow {
            order_id: 0,
            kind: AddressKind::Shipping,
            recipient,
            street,
            city,
            region,
            postcode: Some(postcode),
            country,
            phone,
        }
    }
}

/// A character of a postal code. The first digit is not drawn apart, so a code can begin with 0.
fn filled(mark: char, stream: &mut Stream) -> char {
    match mark {
        '#' => char::from(b'0' + stream.below(10) as u8),
        '@' => char::from(b'A' + stream.below(26) as u8),
        other => other,
    }
}

/// The index of a country other than that of the shop.
fn foreign(stream: &mut Stream) -> usize {
    let mut rest = stream.below(PLACES.iter().map(|place| place.weight).sum());
    for (index, place) in PLACES.iter().enumerate() {
        if rest < place.weight {
            return index;
        }
        rest -= place.weight;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ordering::Address;

    #[test]
    fn every_address_is_valid() {
        let scenario = Scenario { addressed: 1.0, ..Scenario::small(chrono::DateTime::UNIX_EPOCH) };
        let addresses = Addresses::new(&scenario);
        assert_eq!(addresses.countries.len(), PLACES.len());
        let mut stream = Stream::new(1, Entity::Address, 0);
        for number in 0..4_000 {
            let row = addresses.address(number % PLACES.len(), "Ada Lovelace".to_owned(), &mut stream);
            let mut address = Address::builder(row.recipient, row.street.clone(), row.city, row.country);
            address = address.postcode(row.postcode.unwrap_or_default());
            if let Some(region) = row.region {
                address = address.region(region);
            }
            if let Some(phone) = row.phone {
                address = address.phone(phone);
            }
            assert_eq!(address.build().unwrap().street(), row.street);
        }
    }
}
