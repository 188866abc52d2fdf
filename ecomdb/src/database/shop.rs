//! Operations on the settings of the shop.

use super::access::{Access, checked};
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::shop::{self, Shop, ShopPatch};
use crate::types::Scope;

/// Settings of a shop, from [`Database::shop`](crate::Database::shop).
#[derive(Debug)]
pub struct ShopSettings<A>(pub(crate) A);

impl<A: Access> ShopSettings<A> {
    /// The settings. A new shop is called "Shop", its currency is EUR and its time zone UTC. Requires
    /// [`Scope::CatalogRead`], which every role has.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn get(self) -> A::Answer<Shop> {
        self.0.read(Scope::CatalogRead, |conn, _| shop::get(conn))
    }

    /// Changes the settings. Requires [`Scope::ShopManage`]. Another currency relabels all amounts; they are not
    /// converted.
    ///
    /// # Errors
    /// [`Error::Invalid`]: `name` (1 to 100 characters), `currency` (an ISO 4217 code, with two decimals), `time_zone`
    /// (an IANA name).
    ///
    /// ```
    /// # use ecomdb::{Database, ShopPatch};
    /// let db = Database::open("sqlite::memory:")?;
    /// let patch = ShopPatch::default().name("Lamps & more").currency("CHF").time_zone("Europe/Zurich");
    /// assert_eq!(db.shop().update(patch)?.name, "Lamps & more");
    /// assert_eq!(db.shop().get()?.currency.code(), "CHF");
    ///
    /// let yen = db.shop().update(ShopPatch::default().currency("JPY"));
    /// assert!(yen.unwrap_err().to_string().contains("2 decimals"));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn update(self, patch: ShopPatch) -> A::Answer<Shop> {
        self.update_if(patch, |_| true)
    }

    /// Like [`ShopSettings::update`], but only if `is_expected` is true of the settings, evaluated in the transaction
    /// that makes the change. See [`Products::update_if`](crate::Products::update_if).
    ///
    /// # Errors
    /// As [`ShopSettings::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(self, patch: ShopPatch, is_expected: impl Fn(&Shop) -> bool + Send + 'static) -> A::Answer<Shop> {
        let patch = checked!(A, patch.checked());
        self.0.write(Scope::ShopManage, None, move |conn, _| shop::update(conn, &patch, &is_expected))
    }
}
