//! Invoices and packing slips, to be printed on A4 or Letter.

use askama::Template;
use axum::extract::State;
use ecomdb::{Order, OrderId, TimeZone, quoted};
use serde::Deserialize;

use super::format::{self, counted};
use super::orders::{Adjusted, Sums, adjusted, customer, envelope, is_captured, method, sentence};
use super::shell::{Section, Shell, Visit, render, with_query};
use crate::extract::{FromText, Id, NoQuery, Query, text};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

/// Maximum number of orders that are printed together.
const MOST: usize = 100;

/// The kind of a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    /// For the customer: prices and payments.
    #[default]
    Invoice,
    /// For the parcel: its content, without prices.
    PackingSlip,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::PackingSlip => "packing-slip",
        }
    }

    /// Title of the document for one order.
    const fn title(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::PackingSlip => "Packing slip",
        }
    }

    const fn titles(self) -> [&'static str; 2] {
        match self {
            Self::Invoice => ["invoice", "invoices"],
            Self::PackingSlip => ["packing slip", "packing slips"],
        }
    }

    const fn has_prices(self) -> bool {
        matches!(self, Self::Invoice)
    }

    const fn other(self) -> Self {
        match self {
            Self::Invoice => Self::PackingSlip,
            Self::PackingSlip => Self::Invoice,
        }
    }
}

impl FromText for Kind {
    fn from_text(text: &str) -> Result<Self, String> {
        let found = [Self::Invoice, Self::PackingSlip].into_iter().find(|kind| kind.word() == text);
        found.ok_or_else(|| format!("must be invoice or packing-slip, not {}", quoted(text)))
    }
}

/// Numbers of orders: `1,2,3`.
#[derive(Debug)]
struct Ids(Vec<OrderId>);

impl FromText for Ids {
    fn from_text(text: &str) -> Result<Self, String> {
        let mut ids = Vec::new();
        for number in text.split(',') {
            let number = number.trim();
            let id = number.parse().map_err(|_| format!("must be numbers of orders with commas, not {}", quoted(text)));
            let id = OrderId::new(id?);
            if !ids.contains(&id) {
                ids.push(id);
            }
            if ids.len() > MOST {
                return Err(format!("must be at most {MOST} numbers of orders"));
            }
        }
        Ok(Self(ids))
    }
}

/// The kind of documents to print.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PapersQuery {
    #[serde(deserialize_with = "text")]
    ids: Option<Ids>,
    #[serde(deserialize_with = "text")]
    slip: Option<Kind>,
}

#[derive(Template)]
#[template(path = "print/papers.html")]
struct Papers {
    shell: Shell,
    heading: String,
    kind: Kind,
    papers: Vec<Paper>,
    /// Address and name of the other kind of documents for the same orders.
    other: (String, String),
    back: String,
}

struct Paper {
    order: Order,
    customer: String,
    sums: Sums,
    adjustments: Vec<Adjusted>,
    /// Titles and lines of the addresses of the document.
    addresses: Vec<(&'static str, Vec<String>)>,
    /// What the state of the order means, and the captured payments.
    sentences: Vec<String>,
}

impl Paper {
    fn new(order: Order, kind: Kind, zone: TimeZone) -> Self {
        let mut sentences = vec![sentence(&order)];
        for payment in &order.payments {
            let Some(paid_at) = payment.paid_at.filter(|_| is_captured(payment)) else { continue };
            let (amount, day) = (format::money(payment.amount), format::day(zone.local(paid_at).date()));
            let reference = payment.reference.iter().map(|reference| format!(", reference {reference}"));
            let reference = reference.collect::<String>();
            sentences.push(format!("{amount} by {} on {day}{reference}.", method(payment.method)));
        }
        let (shipping, billing) = (order.shipping_address.as_ref(), order.billing_address.as_ref());
        let of_invoice = [("Bill to", billing.or(shipping)), ("Ship to", shipping.filter(|_| billing.is_some()))];
        let of_slip = [("Ship to", shipping), ("Ship to", None)];
        let addresses = if kind.has_prices() { of_invoice } else { of_slip };
        let addresses = addresses.into_iter().filter_map(|(title, given)| Some((title, envelope(given?)))).collect();
        Self {
            customer: customer(&order),
            sums: Sums::of(&order),
            adjustments: adjusted(&order.adjustments),
            addresses,
            sentences,
            order,
        }
    }
}

/// The invoice of an order.
pub(super) async fn show_invoice(State(app): State<Shared>, visit: Visit, Id(id): Id<OrderId>, _: NoQuery) -> Answer {
    show(&app, visit, vec![id], Kind::Invoice).await
}

/// The packing slip of an order.
pub(super) async fn show_packing_slip(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    _: NoQuery,
) -> Answer {
    show(&app, visit, vec![id], Kind::PackingSlip).await
}

/// The documents of several orders, each on a page of its own.
pub(super) async fn show_papers(
    State(app): State<Shared>,
    visit: Visit,
    Query(PapersQuery { ids, slip }): Query<PapersQuery>,
) -> Answer {
    let Some(Ids(ids)) = ids else {
        return Err(Problem::field(&kinds::INVALID, "ids", "must be given: numbers of orders with commas").of_query());
    };
    show(&app, visit, ids, slip.unwrap_or_default()).await
}

async fn show(app: &App, visit: Visit, ids: Vec<OrderId>, kind: Kind) -> Answer {
    let wanted = ids.clone();
    let read = app.run(move |db| {
        db.run(move |shop| wanted.iter().map(|id| shop.orders().get(*id)).collect::<ecomdb::Result<Vec<_>>>())
    });
    let zone = visit.zone();
    let papers = read.await?.into_iter().map(|order| Paper::new(order, kind, zone)).collect();
    let [one, many] = kind.titles();
    let (heading, back) = match &ids[..] {
        [id] => (format!("{} {id}", kind.title()), format!("/orders/{id}")),
        several => (counted(several.len(), one, many), "/orders".to_owned()),
    };
    let other = kind.other();
    let [one, many] = other.titles();
    let other = (address(&ids, other), if ids.len() == 1 { one } else { many }.to_owned());
    render(&Papers { shell: visit.page(&heading, Section::Orders), heading, kind, papers, other, back })
}

/// The address of the documents of these orders.
fn address(ids: &[OrderId], kind: Kind) -> String {
    match ids {
        [id] => format!("/orders/{id}/{}", kind.word()),
        several => {
            let numbers: Vec<_> = several.iter().map(ToString::to_string).collect();
            with_query("/orders/print", [("ids", numbers.join(",").as_str()), ("slip", kind.word())])
        }
    }
}

/// The addresses of the invoices and of the packing slips of these orders.
pub(super) fn papers_of(ids: &[OrderId]) -> [String; 2] {
    [Kind::Invoice, Kind::PackingSlip].map(|kind| address(ids, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_named_by_numbers_with_commas() {
        let ids = Ids::from_text("7, 3,7").unwrap().0;
        assert_eq!(ids, [OrderId::new(7), OrderId::new(3)]);
        assert_eq!(
            papers_of(&ids),
            ["/orders/print?ids=7%2C3&slip=invoice", "/orders/print?ids=7%2C3&slip=packing-slip"]
        );
        assert_eq!(papers_of(&ids[..1]), ["/orders/7/invoice", "/orders/7/packing-slip"]);
        for wrong in ["", "7,", "a", "7;3"] {
            let message = Ids::from_text(wrong).unwrap_err();
            assert!(message.starts_with("must be numbers of orders with commas, not "), "{message}");
        }
        let many: Vec<_> = (0..=MOST).map(|id| id.to_string()).collect();
        assert!(Ids::from_text(&many.join(",")).is_err());
    }
}
