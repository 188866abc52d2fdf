//! Access to the shop with the permissions of a caller.

use super::{Access, Accounts, Analytics, Categories, Database, Inventory, Orders, Payments, Products, Users};
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::{Caller, Claim};
use crate::engine::Connection;
use crate::error::Result;
use crate::ordering::{Order, Request};
use crate::types::{Scope, UserId};

/// The shop with the permissions of a [`Caller`], from [`Database::on_behalf_of`]. It offers the same operations as
/// [`Database`].
#[derive(Debug, Clone, Copy)]
pub struct OnBehalf<'a> {
    db: &'a Database,
    caller: &'a Caller,
}

impl Database {
    /// Limits access to the permissions of a caller. Operations outside the caller's scopes return
    /// [`Error::Forbidden`](crate::Error::Forbidden). For a customer, other users' rows do not exist.
    ///
    /// Each operation verifies the caller again in its own transaction. If the session or key has ended, or the user
    /// was disabled, it returns [`Error::InvalidToken`](crate::Error::InvalidToken).
    ///
    /// ```
    /// # use ecomdb::{Database, NewUser, Password};
    /// let db = Database::open("sqlite::memory:")?;
    /// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let bob = db.users().create(NewUser::new("bob@example.com", "Bob", "Babbage")?)?;
    /// db.accounts().set_password(ada.id, &Password::new("correct horse battery")?)?;
    /// let login = db.accounts().log_in("ada@example.com", "correct horse battery")?;
    ///
    /// let caller = db.accounts().authenticate(login.token.expose())?;
    /// let shop = db.on_behalf_of(&caller);
    /// assert_eq!(shop.users().get(ada.id)?.first_name, "Ada");
    /// assert!(shop.users().get(bob.id).unwrap_err().is_not_found());
    /// assert!(shop.categories().create("Lamps").unwrap_err().is_forbidden());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    #[must_use]
    pub const fn on_behalf_of<'a>(&'a self, caller: &'a Caller) -> OnBehalf<'a> {
        OnBehalf { db: self, caller }
    }
}

impl<'a> OnBehalf<'a> {
    /// The caller.
    #[must_use]
    pub const fn caller(self) -> &'a Caller {
        self.caller
    }

    /// The name of the engine.
    #[must_use]
    pub fn engine(self) -> &'static str {
        self.db.engine()
    }

    /// Users.
    #[must_use]
    pub const fn users(self) -> Users<Guarded<'a>> {
        Users(self.guarded(Scope::UsersRead, Scope::UsersWrite))
    }

    /// Categories.
    #[must_use]
    pub const fn categories(self) -> Categories<Guarded<'a>> {
        Categories(self.guarded(Scope::CatalogRead, Scope::CatalogWrite))
    }

    /// Products.
    #[must_use]
    pub const fn products(self) -> Products<Guarded<'a>> {
        Products(self.guarded(Scope::CatalogRead, Scope::CatalogWrite))
    }

    /// Inventory.
    #[must_use]
    pub const fn inventory(self) -> Inventory<Guarded<'a>> {
        Inventory(self.guarded(Scope::InventoryRead, Scope::InventoryWrite))
    }

    /// Orders.
    #[must_use]
    pub const fn orders(self) -> Orders<Guarded<'a>> {
        Orders(self.guarded(Scope::OrdersRead, Scope::OrdersWrite))
    }

    /// Payments.
    #[must_use]
    pub const fn payments(self) -> Payments<Guarded<'a>> {
        Payments(self.guarded(Scope::PaymentsRead, Scope::PaymentsWrite))
    }

    /// Reports.
    #[must_use]
    pub const fn analytics(self) -> Analytics<Guarded<'a>> {
        Analytics(self.guarded(Scope::ReportsRead, Scope::ReportsRead))
    }

    /// Sessions and API keys: the caller's own, or all with [`Scope::UsersManage`].
    #[must_use]
    pub fn accounts(self) -> Accounts<'a> {
        Accounts { db: self.db, caller: self.caller.clone() }
    }

    const fn guarded(self, reads: Scope, writes: Scope) -> Guarded<'a> {
        Guarded { db: self.db, caller: self.caller, reads, writes }
    }
}

/// Database access of an [`OnBehalf`], which has no other. It checks one scope for reads and another for writes, limits
/// queries to an owner's rows, and verifies the caller in each transaction.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    db: &'a Database,
    caller: &'a Caller,
    reads: Scope,
    writes: Scope,
}

impl Access for Guarded<'_> {
    /// Each query sees the latest commits, so the caller is verified after the last one. If it has lost access by then,
    /// nothing is returned.
    fn read<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        self.caller.demand(self.reads)?;
        self.db.read(|conn| match body(conn) {
            // The error reveals nothing about the shop, and the connection may be broken.
            Err(error) if error.is_transient() => Err(error),
            outcome => self.caller.verify(conn, &[self.reads]).and(outcome),
        })
    }

    fn snapshot<T>(self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        self.caller.demand(self.reads)?;
        self.db.snapshot(|conn| {
            self.caller.verify(conn, &[self.reads])?;
            body(conn)
        })
    }

    fn report<T>(self, rollups: Rollups, body: impl Fn(&mut SalesReader<'_>) -> Result<T>) -> Result<T> {
        self.caller.demand(self.reads)?;
        Access::report(self.db, rollups, |conn| {
            self.caller.verify(conn, &[self.reads])?;
            body(conn)
        })
    }

    fn write<T: Send + 'static>(self, body: impl Fn(&mut Connection) -> Result<T> + Send + 'static) -> Result<T> {
        self.caller.demand(self.writes)?;
        let (caller, needed) = (self.caller.clone(), self.writes);
        self.db.write(move |conn| {
            caller.verify(conn, &[needed])?;
            body(conn)
        })
    }

    fn place(self, request: Request) -> Result<Order> {
        let claim = Claim::new(self.caller, [self.writes].into_iter().chain(request.needs_besides()));
        claim.demand()?;
        self.db.place(if self.caller.is_operator() { request } else { request.on_behalf(claim) })
    }

    fn caller(&self) -> Caller {
        self.caller.clone()
    }

    fn owner(&self) -> Option<UserId> {
        self.caller.owner()
    }

    fn asking(&self) -> Option<UserId> {
        self.caller.user()
    }

    fn needing(self, scope: Scope) -> Self {
        Self { writes: scope, ..self }
    }

    fn has(&self, scope: Scope) -> bool {
        self.caller.demand(scope).is_ok()
    }
}
