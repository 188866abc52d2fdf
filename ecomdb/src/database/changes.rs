//! Noticing changes of the shop.

use super::Database;
use crate::engine::{Connection, Engine, Purpose};
use crate::error::Result;

/// The tables whose changes count on MariaDB and MySQL. Those that belong to reports, keys and sessions are left out.
const TABLES: [&str; 17] = [
    "shop",
    "users",
    "categories",
    "product_groups",
    "products",
    "product_images",
    "product_external_ids",
    "price_changes",
    "inventory",
    "inventory_movements",
    "orders",
    "order_items",
    "order_adjustments",
    "order_addresses",
    "vouchers",
    "payments",
    "refunds",
];

/// Notices that the shop was changed, by this process or by another one; from [`Database::changes`].
///
/// A look is cheap: it reads no rows of the shop. It may notice more than there is to see, such as that a session was
/// used, but misses nothing that was committed before it.
#[derive(Debug)]
pub struct Changes {
    db: Database,
    /// SQLite tells a connection what others have committed since it last looked.
    own: Option<Connection>,
    seen: Option<String>,
}

impl Database {
    /// Begins to watch for changes. For programs that show the shop and refresh what they show.
    ///
    /// ```
    /// # let db = ecomdb::Database::open("sqlite::memory:")?;
    /// let mut changes = db.changes();
    /// assert!(!changes.look()?, "nothing since it began");
    /// db.categories().create("Lamps")?;
    /// assert!(changes.look()?);
    /// assert!(!changes.look()?);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes { db: self.clone(), own: None, seen: None }
    }
}

impl Changes {
    /// Whether the shop was changed since the last look. The first one returns false. After an error, the next look that
    /// succeeds returns true, because changes may have been missed.
    ///
    /// On MariaDB and MySQL, a change may be noticed again for two seconds.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn look(&mut self) -> Result<bool> {
        match self.state() {
            Ok(now) => {
                let before = self.seen.replace(now);
                Ok(before.is_some() && before != self.seen)
            }
            Err(error) => {
                self.own = None;
                // No state is empty, so that the next one differs.
                self.seen = Some(String::new());
                Err(error)
            }
        }
    }

    fn state(&mut self) -> Result<String> {
        let db = &self.db;
        if db.engine() != Engine::Sqlite {
            return db.run_read(|conn| conn.state_of(&TABLES));
        }
        let url = &db.inner.url;
        if let Some(at_rest) = url.at_rest() {
            return Ok(format!("{at_rest:?}"));
        }
        url.verify()?;
        let conn = match &mut self.own {
            Some(own) => own,
            None => self.own.insert(Connection::open(url, Purpose::Read)?),
        };
        conn.state_of(&TABLES)
    }
}
