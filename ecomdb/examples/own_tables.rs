//! Tables and migrations of an application beside the shop's, in one database and one transaction.
//!
//! The application sells gifts: an order can have a note. Note and order are written together or not at all, and a
//! query joins them.
//!
//! `cargo run -p ecomdb --example own_tables -- sqlite://shop.db`; without a database it uses one in memory.

#![allow(missing_docs, reason = "the columns of the tables need no comment")]

use ecomdb::diesel::connection::SimpleConnection as _;
use ecomdb::diesel::{self, prelude::*};
use ecomdb::schema::{orders, users};
use ecomdb::{Database, Money, NewOrder, NewProduct, NewUser, Order};

diesel::table! {
    gift_notes (order_id) {
        order_id -> BigInt,
        text -> Text,
        is_wrapped -> Bool,
    }
}

diesel::table! {
    gift_migrations (name) {
        name -> Text,
    }
}

diesel::joinable!(gift_notes -> orders (order_id));
ecomdb::allow_tables_to_appear_in_same_query!(gift_notes, orders, users);

/// The application's migrations, in their order. Each runs once; later versions append to the list.
///
/// They run in a transaction, on SQLite and PostgreSQL. On MariaDB and MySQL, a statement that changes a table would commit
/// the transaction, so `write` refuses it: there, run the migrations with a tool of your choice before the program.
const MIGRATIONS: [(&str, &str); 2] = [
    (
        "0001_gift_notes",
        "CREATE TABLE gift_notes (
            order_id BIGINT NOT NULL PRIMARY KEY,
            text VARCHAR(200) NOT NULL,
            CONSTRAINT gift_notes_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id)
        )",
    ),
    ("0002_wrapping", "ALTER TABLE gift_notes ADD COLUMN is_wrapped BOOLEAN NOT NULL DEFAULT FALSE"),
];

/// The most characters of a note.
const LONGEST_NOTE: usize = 200;

/// An error of the application, with the shop's as one case.
#[derive(Debug, thiserror::Error)]
enum GiftError {
    #[error("a note has 1 to {LONGEST_NOTE} characters")]
    Note,
    #[error(transparent)]
    Shop(#[from] ecomdb::Error),
}

/// The application's own queries fail like those of the shop. A deadlock is retried in both.
impl From<diesel::result::Error> for GiftError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Shop(error.into())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite::memory:".to_owned());
    let db = open(&url)?;
    let order = place_gift(&db, order_of_a_lamp(&db)?, "Happy birthday!")?;
    println!("placed order {} of {}", order.id, order.total);
    for (note, first_name, total) in notes_to_wrap(&db)? {
        println!("to wrap: {note:?} from {first_name}, {total}");
    }
    Ok(())
}

/// Opens the shop, which applies its migrations, and then applies the application's own.
fn open(url: &str) -> ecomdb::Result<Database> {
    let db = Database::open(url)?;
    db.write(|tx| {
        tx.batch_execute("CREATE TABLE IF NOT EXISTS gift_migrations (name VARCHAR(50) NOT NULL PRIMARY KEY)")?;
        let applied: Vec<String> = gift_migrations::table.select(gift_migrations::name).load(tx)?;
        for (name, statement) in MIGRATIONS.iter().filter(|(name, _)| !applied.iter().any(|done| done == name)) {
            tx.batch_execute(statement)?;
            diesel::insert_into(gift_migrations::table).values(gift_migrations::name.eq(name)).execute(tx)?;
        }
        Ok::<_, ecomdb::Error>(())
    })?;
    Ok(db)
}

/// Places the order and stores its note in one transaction.
fn place_gift(db: &Database, order: NewOrder, note: &str) -> Result<Order, GiftError> {
    let note = note.to_owned();
    // The closure runs again after a conflict with another transaction, so it takes what it needs by reference.
    db.write(move |tx| {
        let order = tx.orders().place(order.clone())?;
        if !(1..=LONGEST_NOTE).contains(&note.chars().count()) {
            // This undoes the order.
            return Err(GiftError::Note);
        }
        let row = (gift_notes::order_id.eq(order.id.get()), gift_notes::text.eq(&note));
        diesel::insert_into(gift_notes::table).values(row).execute(tx)?;
        Ok(order)
    })
}

/// Notes of gifts that are not wrapped yet, with the buyer's first name and the total, the oldest order first.
fn notes_to_wrap(db: &Database) -> ecomdb::Result<Vec<(String, String, Money)>> {
    db.read(|conn| {
        let notes = gift_notes::table.inner_join(orders::table.inner_join(users::table));
        let to_wrap = notes.filter(gift_notes::is_wrapped.eq(false)).order(orders::id);
        Ok(to_wrap.select((gift_notes::text, users::first_name, orders::total)).load(conn)?)
    })
}

fn order_of_a_lamp(db: &Database) -> Result<NewOrder, Box<dyn std::error::Error>> {
    let ada = match db.users().find("ada@example.com")? {
        Some(ada) => ada,
        None => db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?,
    };
    let page = db.products().list(&Default::default())?;
    let lamp = match page.items.into_iter().next() {
        Some(lamp) => lamp,
        None => {
            let lamps = db.categories().create("Lamps")?;
            let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(10);
            db.products().create(lamp.build()?)?
        }
    };
    Ok(NewOrder::builder(ada.id).item(lamp.id, 2).build()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ecomdb::{OrderFilter, ProductFilter};

    use super::*;

    #[test]
    fn an_order_and_its_note_are_found_by_a_join() {
        let db = open("sqlite::memory:").unwrap();
        place_gift(&db, order_of_a_lamp(&db).unwrap(), "Happy birthday!").unwrap();
        let expected = ("Happy birthday!".to_owned(), "Ada".to_owned(), "59.98".parse().unwrap());
        assert_eq!(notes_to_wrap(&db).unwrap(), [expected]);
        assert!(db.check().unwrap().is_clean());
    }

    #[test]
    fn an_error_of_the_application_undoes_the_order() {
        let db = open("sqlite::memory:").unwrap();
        let refused = place_gift(&db, order_of_a_lamp(&db).unwrap(), &"x".repeat(201)).unwrap_err();
        assert!(matches!(refused, GiftError::Note));
        assert!(db.orders().list(&OrderFilter::default()).unwrap().items.is_empty());
        assert_eq!(db.products().list(&ProductFilter::default()).unwrap().items[0].stock, Some(10));
    }

    #[test]
    fn migrations_run_once_and_the_shop_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        place_gift(&open(&url).unwrap(), order_of_a_lamp(&open(&url).unwrap()).unwrap(), "For you").unwrap();
        let db = open(&url).unwrap();
        assert_eq!(notes_to_wrap(&db).unwrap().len(), 1);
        let refused = db.reset().unwrap_err();
        assert!(refused.to_string().contains("gift_notes"), "{refused}");
    }
}
