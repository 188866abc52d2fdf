//! Vouchers to create.

use chrono::{DateTime, Utc};

use super::{Voucher, code};
use crate::error::{Fields, Invalid, Result};
use crate::types::{Money, VoucherId, VoucherKind};

/// A voucher to create. Made by [`NewVoucher::percent`] or [`NewVoucher::amount`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewVoucher(pub(super) Voucher);

impl NewVoucher {
    /// Starts a voucher that takes a percentage with two decimals off the price of an order's items.
    ///
    /// ```
    /// use ecomdb::NewVoucher;
    ///
    /// let summer = NewVoucher::percent("summer10", "10".parse()?).usage_limit(1_000).per_user_limit(1).build();
    /// assert!(summer.is_ok());
    /// let invalid = NewVoucher::percent("summer10", "100.01".parse()?).build().unwrap_err();
    /// assert_eq!(invalid.fields()[0].field, "value");
    /// # Ok::<(), ecomdb::ParseMoneyError>(())
    /// ```
    pub fn percent(code: impl Into<String>, percent: Money) -> VoucherBuilder {
        Self::of(VoucherKind::Percent, code, percent)
    }

    /// Starts a voucher that takes an amount off the price of an order's items, or all of it if they cost less.
    pub fn amount(code: impl Into<String>, amount: Money) -> VoucherBuilder {
        Self::of(VoucherKind::Amount, code, amount)
    }

    /// Starts a voucher of this kind; `value` is its percentage or amount.
    pub fn of(kind: VoucherKind, code: impl Into<String>, value: Money) -> VoucherBuilder {
        VoucherBuilder(Voucher {
            id: VoucherId::new(0),
            code: code.into(),
            kind,
            value,
            minimum: Money::ZERO,
            starts_at: None,
            ends_at: None,
            usage_limit: None,
            per_user_limit: None,
            used: 0,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        })
    }

    /// The facts that identify the request for its idempotency key.
    pub(super) fn fingerprint(&self) -> String {
        let Voucher { code, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit, .. } = &self.0;
        let micros = |time: &Option<DateTime<Utc>>| time.map(|time| time.timestamp_micros());
        format!(
            "voucher {code:?}, {kind} {value}, minimum {minimum}, from {:?} to {:?}, {usage_limit:?} uses, \
             {per_user_limit:?} of a user",
            micros(starts_at),
            micros(ends_at)
        )
    }
}

/// Builder of a [`NewVoucher`]; [`VoucherBuilder::build`] validates the values.
#[derive(Debug, Clone)]
#[must_use]
pub struct VoucherBuilder(Voucher);

impl VoucherBuilder {
    /// Sets the minimum price of the items, before any discount; 0.00 by default.
    pub fn minimum(mut self, minimum: Money) -> Self {
        self.0.minimum = minimum;
        self
    }

    /// Sets when the voucher can first be used; immediately by default.
    pub fn starts_at(mut self, start: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.0.starts_at = start.into();
        self
    }

    /// Sets the end of its use (exclusive); never by default.
    pub fn ends_at(mut self, end: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.0.ends_at = end.into();
        self
    }

    /// Sets the maximum number of uses; any number by default.
    pub fn usage_limit(mut self, limit: impl Into<Option<i64>>) -> Self {
        self.0.usage_limit = limit.into();
        self
    }

    /// Sets the maximum number of uses of one customer; any number by default.
    pub fn per_user_limit(mut self, limit: impl Into<Option<i64>>) -> Self {
        self.0.per_user_limit = limit.into();
        self
    }

    /// Validates all values.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `code` (1 to 40 letters, digits, `-` and `_`), `value` (0.01 to 100.00 for a
    /// percentage, to 999,999,999.99 for an amount), `minimum` (0.00 to 1,000,000,000,000.00), `starts_at` and `ends_at`
    /// (in the years 1970 to 9999, the end after the start), `usage_limit` and `per_user_limit` (1 to 1,000,000,000).
    pub fn build(self) -> Result<NewVoucher, Invalid> {
        let Self(voucher) = self;
        let mut fields = Fields::default();
        let code = fields.check(code::of_text("code", &voucher.code));
        voucher.check(&mut fields);
        fields.finish_with(|| Some(NewVoucher(Voucher { code: code?, ..voucher })))
    }
}
