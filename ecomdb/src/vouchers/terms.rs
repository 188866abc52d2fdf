//! The discount that a voucher gives on an order.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::context::Context;
use crate::engine::{Connection, Later, Moment, sql};
use crate::error::{Error, Result};
use crate::types::{Money, Scope, VoucherId, VoucherKind, quoted};

/// The terms of a voucher when they were read. [`redeem`](super::redeem) fails if they have changed since.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) id: VoucherId,
    pub(crate) code: String,
    pub(super) revision: i64,
    kind: VoucherKind,
    value: i64,
    minimum: Money,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    pub(super) usage_limit: Option<i64>,
    pub(super) per_user_limit: Option<i64>,
    /// Uses counted so far, including earlier orders of a batch; 0 without a usage limit.
    used: i64,
}

/// The terms of those of these codes that exist. Nothing is locked.
pub(crate) fn terms<'a>(conn: &mut Connection, codes: impl Iterator<Item = &'a str>) -> Result<Vec<Terms>> {
    send_terms(conn, codes)?.get(conn)
}

/// Like [`terms`], without waiting for the response.
pub(crate) fn send_terms<'a>(
    conn: &mut Connection,
    codes: impl Iterator<Item = &'a str>,
) -> Result<Later<'static, Vec<Terms>>> {
    type Columns = (
        (BigInt, Text, BigInt, Text, BigInt, BigInt),
        (Nullable<Moment>, Nullable<Moment>, Nullable<BigInt>, Nullable<BigInt>, BigInt),
    );
    type Row = (
        (i64, String, i64, VoucherKind, i64, i64),
        (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<i64>, Option<i64>, i64),
    );
    let (is_among, codes) = conn.among(&["code"], codes.fold(sql(""), |all, code| all.text(code)));
    let select = sql(format!(
        "SELECT id, code, revision, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit, used \
         FROM vouchers WHERE {is_among}"
    ));
    let rows = select.all(codes).send_query::<Columns, Row>(conn)?;
    let terms = |((id, code, revision, kind, value, minimum), window): Row| {
        let (starts_at, ends_at, usage_limit, per_user_limit, used) = window;
        let (id, minimum) = (VoucherId::new(id), Money::from_minor(minimum));
        Terms { id, code, revision, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit, used }
    };
    Ok(rows.map(move |rows| rows.into_iter().map(terms).collect()))
}

/// Why a voucher cannot be used.
pub(super) enum Refusal {
    Unknown,
    NotYet(DateTime<Utc>),
    Ended(DateTime<Utc>),
    UsedUp(i64),
    UsedUpByUser(i64),
    /// The items cost less than this minimum.
    Below(Money),
}

impl Refusal {
    /// Callers without [`Scope::VouchersRead`] are not told whether an unusable code exists.
    pub(super) fn for_caller(self, context: &Context, code: &str) -> Error {
        let message = match self {
            Self::Below(minimum) => format!("needs items for at least {minimum}"),
            _ if !context.has(Scope::VouchersRead) => "does not exist, or cannot be used any more".to_owned(),
            Self::Unknown => format!("no voucher has the code {}", quoted(code)),
            Self::NotYet(start) => format!("can be used from {start}"),
            Self::Ended(end) => format!("could be used until {end}"),
            Self::UsedUp(limit) => format!("has reached its limit of uses, {limit}"),
            Self::UsedUpByUser(limit) => format!("has reached its limit of uses by one customer, {limit}"),
        };
        Error::invalid("voucher", message)
    }
}

impl Terms {
    /// The error for an unknown code.
    pub(crate) fn unknown(context: &Context, code: &str) -> Error {
        Refusal::Unknown.for_caller(context, code)
    }

    /// The discount on items that cost `price`, of which `left` remains after other discounts; at most `left`.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`voucher`) if it cannot be used for them at this time.
    pub(crate) fn discount(&self, context: &Context, price: Money, left: Money, at: DateTime<Utc>) -> Result<Money> {
        match self.refusal(price, at) {
            Some(refusal) => Err(refusal.for_caller(context, &self.code)),
            None => Ok(self.taken_off(left)),
        }
    }

    fn refusal(&self, price: Money, at: DateTime<Utc>) -> Option<Refusal> {
        if let Some(start) = self.starts_at.filter(|start| at < *start) {
            return Some(Refusal::NotYet(start));
        }
        if let Some(end) = self.ends_at.filter(|end| at >= *end) {
            return Some(Refusal::Ended(end));
        }
        if let Some(limit) = self.usage_limit.filter(|limit| self.used >= *limit) {
            return Some(Refusal::UsedUp(limit));
        }
        (price < self.minimum).then_some(Refusal::Below(self.minimum))
    }

    /// Rounded half up to the minor unit, so that 100 % is exact.
    fn taken_off(&self, left: Money) -> Money {
        match self.kind {
            VoucherKind::Percent => {
                // Computed in 128 bits, which cannot overflow. The result is at most `left`.
                let hundredths = i128::from(left.minor()) * i128::from(self.value);
                Money::from_minor(((hundredths + 5_000) / 10_000) as i64)
            }
            VoucherKind::Amount => Money::from_minor(self.value).min(left),
        }
    }

    /// Counts a use by an order of the same batch.
    pub(crate) fn count(&mut self) {
        if self.usage_limit.is_some() {
            self.used += 1;
        }
    }

    /// Does not count a use by an order that would be replaced.
    pub(crate) fn uncount(&mut self) {
        if self.usage_limit.is_some() {
            self.used -= 1;
        }
    }

    /// Whether the number of uses per customer is limited.
    pub(crate) const fn is_limited_per_user(&self) -> bool {
        self.per_user_limit.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(kind: VoucherKind, value: i64) -> Terms {
        let (id, code, minimum) = (VoucherId::new(1), "A".to_owned(), Money::ZERO);
        let (starts_at, ends_at, usage_limit, per_user_limit) = (None, None, None, None);
        Terms { id, code, revision: 0, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit, used: 0 }
    }

    #[test]
    fn a_discount_is_rounded_half_up_and_never_more_than_the_price() {
        let off = |kind, value, price| terms(kind, value).taken_off(Money::from_minor(price)).minor();
        assert_eq!(off(VoucherKind::Percent, 10_000, 1_099), 1_099);
        assert_eq!(off(VoucherKind::Percent, 1_000, 1_005), 101);
        assert_eq!(off(VoucherKind::Percent, 1_000, 1_004), 100);
        assert_eq!(off(VoucherKind::Percent, 1, 4_999), 0);
        assert_eq!(off(VoucherKind::Percent, 9_999, Money::MAX_TOTAL.minor()), 99_990_000_000_000);
        assert_eq!(off(VoucherKind::Amount, 500, 499), 499);
        assert_eq!(off(VoucherKind::Amount, 500, 501), 500);
    }
}
