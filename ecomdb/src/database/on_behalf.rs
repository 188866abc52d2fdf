//! Access to the shop with the permissions of a caller.

#[cfg(feature = "accounts")]
use super::Accounts;
use super::{
    Access, Analytics, Categories, Database, Inventory, Orders, Payments, ProductGroups, Products, ShopSettings, Users,
    Vouchers,
};
use crate::analytics::sales::{Rollups, SalesReader};
use crate::context::{Caller, Context};
use crate::engine::{Connection, Engine};
use crate::error::Result;
use crate::ordering::{NewOrder, Order, Request};
use crate::types::{IdempotencyKey, Scope};

/// The shop with the permissions of a [`Caller`], from [`Database::on_behalf_of`]. It offers the same operations as
/// [`Database`].
#[derive(Debug, Clone, Copy)]
pub struct OnBehalf<'a> {
    pub(super) db: &'a Database,
    pub(super) caller: &'a Caller,
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

    /// The engine.
    #[must_use]
    pub fn engine(self) -> Engine {
        self.db.engine()
    }

    /// Settings of the shop.
    #[must_use]
    pub const fn shop(self) -> ShopSettings<Guarded<'a>> {
        ShopSettings(self.guarded())
    }

    /// Users.
    #[must_use]
    pub const fn users(self) -> Users<Guarded<'a>> {
        Users(self.guarded())
    }

    /// Categories.
    #[must_use]
    pub const fn categories(self) -> Categories<Guarded<'a>> {
        Categories(self.guarded())
    }

    /// Products.
    #[must_use]
    pub const fn products(self) -> Products<Guarded<'a>> {
        Products::new(self.guarded())
    }

    /// Groups of products.
    #[must_use]
    pub const fn groups(self) -> ProductGroups<Guarded<'a>> {
        ProductGroups::new(self.guarded())
    }

    /// Inventory.
    #[must_use]
    pub const fn inventory(self) -> Inventory<Guarded<'a>> {
        Inventory::new(self.guarded())
    }

    /// Orders.
    #[must_use]
    pub const fn orders(self) -> Orders<Guarded<'a>> {
        Orders::new(self.guarded())
    }

    /// Payments.
    #[must_use]
    pub const fn payments(self) -> Payments<Guarded<'a>> {
        Payments::new(self.guarded())
    }

    /// Vouchers.
    #[must_use]
    pub const fn vouchers(self) -> Vouchers<Guarded<'a>> {
        Vouchers::new(self.guarded())
    }

    /// Reports.
    #[must_use]
    pub const fn analytics(self) -> Analytics<Guarded<'a>> {
        Analytics(self.guarded())
    }

    /// Sessions and API keys: the caller's own, or all with [`Scope::UsersManage`].
    #[cfg(feature = "accounts")]
    #[must_use]
    pub fn accounts(self) -> Accounts<'a> {
        Accounts { db: self.db, caller: self.caller.clone() }
    }

    pub(super) const fn guarded(self) -> Guarded<'a> {
        Guarded { db: self.db, caller: self.caller }
    }
}

/// Database access of an [`OnBehalf`], which has no other. It checks the scope of each operation, limits
/// queries to an owner's rows, and verifies the caller in each transaction.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    db: &'a Database,
    caller: &'a Caller,
}

impl Access for Guarded<'_> {
    type Answer<T: Send + 'static> = Result<T>;

    /// Each query sees the latest commits, so the caller is verified after the last one. If it has lost access by then,
    /// nothing is returned.
    fn read<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.caller.demand(needed)?;
        let context = Context::new(self.caller.clone(), None);
        self.db.run_read(|conn| match body(conn, &context) {
            // The error reveals nothing about the shop, and the connection may be broken.
            Err(error) if error.is_transient() => Err(error),
            outcome => context.verify(conn, &[needed]).and(outcome),
        })
    }

    fn snapshot<T: Send + 'static>(
        self,
        needed: Scope,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.caller.demand(needed)?;
        let context = Context::new(self.caller.clone(), None);
        self.db.run_snapshot(|conn| {
            context.verify(conn, &[needed])?;
            body(conn, &context)
        })
    }

    fn report<T: Send + 'static>(
        self,
        rollups: Rollups,
        body: impl Fn(&mut SalesReader<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.caller.demand(Scope::ReportsRead)?;
        let caller = self.caller.clone();
        Access::report(self.db, rollups, move |conn| {
            caller.verify(conn, &[Scope::ReportsRead])?;
            body(conn)
        })
    }

    fn write<T: Send + 'static>(
        self,
        needed: Scope,
        key: Option<IdempotencyKey>,
        body: impl Fn(&mut Connection, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.caller.demand(needed)?;
        let context = Context::new(self.caller.clone(), key);
        self.db.run_write(move |conn| {
            context.verify(conn, &[needed])?;
            body(conn, &context)
        })
    }

    fn place(self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Order> {
        let request = Request::new(order, Context::new(self.caller.clone(), key));
        request.demand()?;
        self.db.place_order(request)
    }

    fn known<T: Send + 'static>(outcome: Result<T>) -> Result<T> {
        outcome
    }

    fn map<T: Send + 'static, U: Send + 'static>(
        answer: Result<T>,
        change: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U> {
        answer.map(change)
    }
}
