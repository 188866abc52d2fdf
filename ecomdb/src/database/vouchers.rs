//! Operations on vouchers.

use super::access::{Access, checked};
use super::{NoKey, OperationKey, WithKey};
use crate::context::Context;
use crate::engine::Connection;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::types::{IdempotencyKey, Page, RowCount, Scope, VoucherId};
use crate::vouchers::{self, NewVoucher, Voucher, VoucherFilter, VoucherPatch};

/// Vouchers of a shop, from [`Database::vouchers`](crate::Database::vouchers).
#[derive(Debug)]
pub struct Vouchers<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> Vouchers<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes `create` idempotent: repeated with the same key and request, it creates nothing and returns the first voucher;
    /// see [`IdempotencyKey`].
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> Vouchers<A, WithKey> {
        Vouchers { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> Vouchers<A, K> {
    /// Creates a voucher.
    ///
    /// # Errors
    /// [`Conflict::Duplicate`] (`code`).
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewProduct, NewUser, NewVoucher};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let summer = NewVoucher::percent("SUMMER10", "10".parse()?).usage_limit(1_000).per_user_limit(1).build()?;
    /// let summer = db.vouchers().create(summer)?;
    ///
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).voucher("summer10").build()?)?;
    /// assert_eq!(order.total.to_string(), "26.99");
    /// assert_eq!(db.vouchers().get(summer.id)?.used, 1);
    ///
    /// let again = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).voucher("SUMMER10").build()?);
    /// assert!(again.unwrap_err().is_invalid());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(self, voucher: NewVoucher) -> A::Answer<Voucher> {
        self.access.write(Scope::VouchersWrite, self.key.into_key(), move |conn, context| {
            vouchers::create(conn, context, &voucher)
        })
    }
}

impl<A: Access> Vouchers<A> {
    /// The voucher with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: VoucherId) -> A::Answer<Voucher> {
        self.access.read(Scope::VouchersRead, move |conn, _| vouchers::get(conn, id))
    }

    /// A page of the vouchers that match the filter, the latest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`code`); (`cursor`, `before`) for a cursor of another list, or of this one with another filter.
    pub fn list(self, filter: &VoucherFilter) -> A::Answer<Page<Voucher>> {
        let filter = filter.clone();
        self.access.read(Scope::VouchersRead, move |conn, _| vouchers::list(conn, &filter))
    }

    /// Number of vouchers that match the filter, on all pages.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`code`).
    pub fn count(self, filter: &VoucherFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.access.read(Scope::VouchersRead, move |conn, _| vouchers::count(conn, &filter))
    }

    /// Changes a voucher. Orders that used it keep their discount. A patch without differences changes nothing, not even
    /// `updated_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Conflict::Duplicate`] (`code`); [`Error::Invalid`], also for a limit below the uses so far
    /// (`usage_limit`, `per_user_limit`).
    pub fn update(self, id: VoucherId, patch: VoucherPatch) -> A::Answer<Voucher> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Vouchers::update`], but only if `is_expected` is true of the voucher, evaluated in the transaction that makes
    /// the change.
    ///
    /// # Errors
    /// As [`Vouchers::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(
        self,
        id: VoucherId,
        patch: VoucherPatch,
        is_expected: impl Fn(&Voucher) -> bool + Send + 'static,
    ) -> A::Answer<Voucher> {
        let patch = checked!(A, patch.checked());
        if patch == VoucherPatch::default() {
            let get = move |conn: &mut Connection, _: &Context| vouchers::get_if(conn, id, &is_expected);
            return self.access.read(Scope::VouchersRead, get);
        }
        self.access.write(Scope::VouchersWrite, None, move |conn, _| vouchers::update(conn, id, &patch, &is_expected))
    }

    /// Deletes a voucher that no order has used.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a voucher that was used, also by a cancelled order; set its end instead.
    pub fn delete(self, id: VoucherId) -> A::Answer<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Vouchers::delete`], but only if `is_expected` is true of the voucher, evaluated in the transaction that
    /// deletes it.
    ///
    /// # Errors
    /// As [`Vouchers::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: VoucherId, is_expected: impl Fn(&Voucher) -> bool + Send + 'static) -> A::Answer<()> {
        self.access.write(Scope::VouchersWrite, None, move |conn, _| vouchers::delete(conn, id, &is_expected))
    }
}
