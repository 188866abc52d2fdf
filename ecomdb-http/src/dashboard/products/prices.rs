//! The prices of a product over time.

use chrono::{DateTime, Utc};
use ecomdb::{Money, Page, PriceChange, Product, TimeZone};

use crate::dashboard::chart::{Heading, Markup, StepChart, Unit};
use crate::dashboard::format::{day, money};
use crate::dashboard::so_far::local;

/// The prices as steps: all of them, or the latest if there are more changes than a page has rows.
pub(super) fn price_chart(
    product: &Product,
    changes: &Page<PriceChange>,
    zone: TimeZone,
    now: DateTime<Utc>,
) -> Markup {
    let steps: Vec<_> =
        steps(product, changes).into_iter().map(|(from, price)| (local(zone, from), price.minor())).collect();
    let sentence = sentence(product, changes, zone);
    let chart = StepChart {
        heading: Heading { id: "prices", title: "Price", sentence: &sentence },
        name: "Price",
        unit: Unit::money(2),
        changes: &steps,
        until: local(zone, now),
    };
    chart.draw()
}

/// Each price and since when it held, earliest first.
fn steps(product: &Product, changes: &Page<PriceChange>) -> Vec<(DateTime<Utc>, Money)> {
    let first = match changes.items.last() {
        Some(_) if changes.next.is_some() => None,
        Some(earliest) => Some((product.created_at, earliest.old_price)),
        None => Some((product.created_at, product.price)),
    };
    let changed = changes.items.iter().rev().map(|change| (change.changed_at, change.new_price));
    first.into_iter().chain(changed).collect()
}

fn sentence(product: &Product, changes: &Page<PriceChange>, zone: TimeZone) -> String {
    let on = |moment| day(zone.local(moment).date());
    match changes.items.first() {
        Some(last) => format!(
            "The price is {} since {}; it was {} before",
            money(product.price),
            on(last.changed_at),
            money(last.old_price)
        ),
        None => {
            format!("The price is {} since the product was created on {}", money(product.price), on(product.created_at))
        }
    }
}
