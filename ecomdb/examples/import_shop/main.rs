//! Moving from hand-written SQL: imports a shop with prices as floats and with the stock as a column of products.
//!
//! `cargo run -p ecomdb --example import_shop -- old.db sqlite://shop.db`; without arguments it imports a sample into
//! memory. It prints each row that it rejects and why, and checks the new shop at the end.

mod old;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use bigdecimal::{BigDecimal, RoundingMode};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ecomdb::{
    CategoryId, Connection, Database, Money, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, ProductId,
    ProductPatch, UserId,
};

use self::old::{OldOrder, OldProduct, OldShop, OldUser, SAMPLE};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let old = match arguments.next() {
        Some(path) => rusqlite::Connection::open(path)?,
        None => sample()?,
    };
    let clock = ImportClock::default();
    let url = arguments.next().unwrap_or_else(|| "sqlite::memory:".to_owned());
    let db = clock.open(&url)?;
    let report = import(&db, clock, OldShop::read(&old)?)?;
    println!("imported {} users, {} products, {} orders", report.users, report.products, report.orders);
    for rejected in &report.rejected {
        println!("rejected {rejected}");
    }
    let checked = db.check()?;
    for finding in checked.checks.iter().flat_map(|check| &check.findings) {
        println!("wrong: {} {}: {}", finding.entity, finding.id, finding.message);
    }
    Ok(if checked.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn sample() -> rusqlite::Result<rusqlite::Connection> {
    let old = rusqlite::Connection::open_in_memory()?;
    old.execute_batch(SAMPLE)?;
    Ok(old)
}

/// The clock of the new shop, which is set to the time of each imported row.
#[derive(Clone, Default)]
struct ImportClock(Arc<Mutex<DateTime<Utc>>>);

impl ImportClock {
    fn set(&self, time: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// A database with this clock.
    fn open(&self, url: &str) -> ecomdb::Result<Database> {
        let clock = self.clone();
        Database::builder(url).clock(move || *clock.0.lock().unwrap_or_else(PoisonError::into_inner)).open()
    }
}

/// What was imported, and each row that was not, with the reason.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    users: usize,
    products: usize,
    orders: usize,
    rejected: Vec<String>,
}

/// Imports everything in one transaction: when it fails, the new shop is as it was before.
fn import(db: &Database, clock: ImportClock, old: OldShop) -> ecomdb::Result<Report> {
    db.write(move |tx| {
        let mut import = Import { tx, clock: &clock, report: Report::default() };
        let opening = old.orders.iter().find_map(|order| time(&order.ordered_at).ok()).unwrap_or_else(Utc::now);
        clock.set(opening - TimeDelta::days(1));
        let users = import.users(&old.users)?;
        let orders = import.valid_orders(&old.orders, &users);
        let products = import.products(&old.products, &orders)?;
        import.orders(&orders, products)?;
        Ok(import.report)
    })
}

struct Import<'a> {
    tx: &'a mut Connection,
    clock: &'a ImportClock,
    report: Report,
}

/// An old order with its values in their new types.
struct ValidOrder<'a> {
    old: &'a OldOrder,
    user: UserId,
    price: Money,
    at: DateTime<Utc>,
}

impl Import<'_> {
    /// Users by their old ids. Two spellings of one address are one user.
    fn users(&mut self, old: &[OldUser]) -> ecomdb::Result<HashMap<i64, UserId>> {
        let mut users = HashMap::new();
        for user in old {
            let (first, last) = user.name.rsplit_once(' ').unwrap_or((&user.name, "-"));
            let new = match NewUser::new(&user.email, first, last) {
                Ok(new) => new,
                Err(invalid) => {
                    self.reject("user", user.id, invalid);
                    continue;
                }
            };
            let id = match self.tx.users().find(&user.email)? {
                Some(known) => known.id,
                None => {
                    self.report.users += 1;
                    self.tx.users().create(new)?.id
                }
            };
            users.insert(user.id, id);
        }
        Ok(users)
    }

    /// Products by their old ids, with their prices. The opening stock is what is left plus what the orders take.
    fn products(
        &mut self,
        old: &[OldProduct],
        orders: &[ValidOrder<'_>],
    ) -> ecomdb::Result<HashMap<i64, (ProductId, Money)>> {
        let category = self.tx.categories().create("Imported")?.id;
        let mut products = HashMap::new();
        for product in old {
            let sold = orders.iter().filter(|order| order.old.product_id == product.id);
            let opening_stock = product.stock + sold.map(|order| order.old.quantity).sum::<i64>();
            match new_product(product, category, opening_stock) {
                Ok(new) => {
                    let new = self.tx.products().create(new)?;
                    products.insert(product.id, (new.id, new.price));
                    self.report.products += 1;
                }
                Err(reason) => self.reject("product", product.id, reason),
            }
        }
        Ok(products)
    }

    /// Places the orders at their times and prices, so that reports and price histories show them as they were.
    fn orders(
        &mut self,
        orders: &[ValidOrder<'_>],
        mut products: HashMap<i64, (ProductId, Money)>,
    ) -> ecomdb::Result<()> {
        for ValidOrder { old, user, price, at } in orders {
            let Some((product, current_price)) = products.get_mut(&old.product_id) else {
                self.reject("order", old.id, format!("there is no product {}", old.product_id));
                continue;
            };
            self.clock.set(*at);
            if price != current_price {
                self.tx.products().update(*product, ProductPatch::default().price(*price))?;
                *current_price = *price;
            }
            let order = NewOrder::builder(*user).item(*product, old.quantity);
            let order = match old.is_paid {
                true => order.payment(NewPayment::captured(PaymentMethod::Card)),
                false => order,
            };
            self.tx.orders().place(order.build()?)?;
            self.report.orders += 1;
        }
        Ok(())
    }

    /// The orders whose values are valid; their products are not known yet.
    fn valid_orders<'a>(&mut self, old: &'a [OldOrder], users: &HashMap<i64, UserId>) -> Vec<ValidOrder<'a>> {
        let mut valid = Vec::new();
        for old in old {
            match valid_order(old, users) {
                Ok(order) => valid.push(order),
                Err(reason) => self.reject("order", old.id, reason),
            }
        }
        valid
    }

    fn reject(&mut self, kind: &str, id: i64, reason: impl std::fmt::Display) {
        self.report.rejected.push(format!("{kind} {id}: {reason}"));
    }
}

fn valid_order<'a>(old: &'a OldOrder, users: &HashMap<i64, UserId>) -> Result<ValidOrder<'a>, String> {
    if old.quantity < 1 {
        return Err(format!("it has {} units", old.quantity));
    }
    let user = *users.get(&old.user_id).ok_or_else(|| format!("there is no user {}", old.user_id))?;
    Ok(ValidOrder { old, user, price: money(old.price)?, at: time(&old.ordered_at)? })
}

/// A time as the old shop wrote it, in UTC.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S");
    time.map(|time| time.and_utc()).map_err(|_| format!("{text:?} is not a time"))
}

fn new_product(old: &OldProduct, category: CategoryId, opening_stock: i64) -> Result<NewProduct, String> {
    let new = NewProduct::builder(&old.name, category, money(old.price)?).initial_stock(opening_stock);
    new.build().map_err(|invalid| invalid.to_string())
}

/// The amount that a float was meant to be. A float is printed as the shortest decimal that reads as the same float:
/// 1.005 is stored as 1.00499999999999989..., and printed as 1.005. That decimal is rounded half up to two places.
fn money(price: f64) -> Result<Money, String> {
    let decimal: BigDecimal = price.to_string().parse().map_err(|_| format!("{price} is not an amount"))?;
    let rounded = decimal.with_scale_round(2, RoundingMode::HalfUp);
    Money::try_from(rounded).map_err(|reason| format!("the price {price} {reason}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ecomdb::{OrderFilter, PageRequest, Period, ProductFilter};

    use super::*;

    fn imported() -> (Database, Report) {
        let clock = ImportClock::default();
        let db = clock.open("sqlite::memory:").unwrap();
        let old = OldShop::read(&sample().unwrap()).unwrap();
        let report = import(&db, clock, old).unwrap();
        (db, report)
    }

    #[test]
    fn floats_become_the_amounts_that_they_were_meant_to_be() {
        for (price, amount) in [
            (29.99, "29.99"),
            (0.1 + 0.2, "0.30"),
            (1.005, "1.01"),
            (0.994_999_999_999_999_9, "0.99"),
            (4.35 * 100.0 / 100.0, "4.35"),
            (-5.0, "-5.00"),
        ] {
            assert_eq!(money(price).unwrap().to_string(), amount, "{price}");
        }
        for price in [f64::NAN, f64::INFINITY, 1e300] {
            assert!(money(price).is_err(), "{price}");
        }
    }

    #[test]
    fn rows_that_break_a_rule_are_reported_and_the_rest_is_imported() {
        let (_, report) = imported();
        let rejected = [
            "user 4: email: must be an e-mail address such as ada@example.com, of at most 254 characters",
            "order 5: there is no user 9",
            "order 6: it has 0 units",
            "order 8: \"yesterday\" is not a time",
            "product 4: price: must lie between 0.00 and 999999999.99, not -5.00",
            "product 5: initial_stock: must be a whole number from 0 to 1000000000, not -2",
            "order 7: there is no product 4",
        ];
        assert_eq!(report, Report { users: 2, products: 3, orders: 4, rejected: rejected.map(str::to_owned).into() });
    }

    #[test]
    fn the_new_shop_adds_up_and_has_the_stock_prices_and_times_of_the_old_one() {
        let (db, _) = imported();
        assert!(db.check().unwrap().is_clean());

        let products = db.products().list(&ProductFilter::default()).unwrap().items;
        let left: Vec<_> = products.iter().map(|it| (it.name.as_str(), it.price.to_string(), it.stock)).collect();
        let expected = [("Desk lamp", "29.99", Some(7)), ("Candle", "0.30", Some(100)), ("Wick", "1.01", Some(0))];
        assert_eq!(left, expected.map(|(name, price, stock)| (name, price.to_owned(), stock)));

        let by_id = OrderFilter::default().sort("id".parse().unwrap());
        let first = db.orders().list(&by_id).unwrap().items.remove(0);
        assert_eq!(
            (first.total.to_string().as_str(), first.placed_at.to_rfc3339().as_str()),
            ("49.98", "2024-03-01T09:30:00+00:00")
        );
        let history = db.products().price_history(products[0].id, &PageRequest::default()).unwrap().items;
        assert_eq!(history[0].new_price, "29.99".parse().unwrap());

        let revenue = db.analytics().total_revenue(&Period::parse(Some("2024"), Some("2025")).unwrap()).unwrap();
        assert_eq!(revenue.total_revenue.to_string(), "82.97");
    }
}
