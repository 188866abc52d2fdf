//! Voucher records, and their changes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::code;
use crate::error::{Fields, Invalid, Result};
use crate::schema::vouchers;
use crate::types::patch::patch;
use crate::types::time::{json_time, maybe_json_time};
use crate::types::{Money, VoucherId, VoucherKind};

/// A voucher: a code that takes a percentage or an amount off the price of an order's items.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = vouchers)]
#[non_exhaustive]
pub struct Voucher {
    /// Voucher id.
    pub id: VoucherId,
    /// Code, unique, in upper case.
    pub code: String,
    /// Kind of voucher.
    pub kind: VoucherKind,
    /// The amount, or the percentage with two decimals: `12.50` is 12.5 %.
    pub value: Money,
    /// Minimum price of the items, before any discount.
    pub minimum: Money,
    /// When it can first be used (UTC); `None` for immediately.
    #[serde(serialize_with = "maybe_json_time")]
    pub starts_at: Option<DateTime<Utc>>,
    /// End of its use (UTC, exclusive); `None` for never.
    #[serde(serialize_with = "maybe_json_time")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Maximum number of uses; `None` for any number.
    pub usage_limit: Option<i64>,
    /// Maximum number of uses of one customer; `None` for any number.
    pub per_user_limit: Option<i64>,
    /// Number of orders with it that are not cancelled.
    pub used: i64,
    /// When the voucher was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// When the voucher was last changed, apart from its uses (UTC).
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
}

impl Voucher {
    /// Maximum length of a code in characters.
    pub const MAX_CODE: usize = 40;
    /// Maximum of a limit of uses.
    pub const MAX_USES: i64 = 1_000_000_000;
}

patch! {
    /// Changes to a voucher; `None` keeps a value. Orders that used it keep their discount.
    #[derive(Serialize)]
    VoucherPatch for voucher: Voucher {
        /// New code.
        text code: String = voucher.code,
        /// New amount or percentage.
        some value: Money = voucher.value,
        /// New minimum.
        some minimum: Money = voucher.minimum,
        /// New start; `Some(None)` for immediately.
        some starts_at: Option<DateTime<Utc>> = voucher.starts_at,
        /// New end; `Some(None)` for never.
        some ends_at: Option<DateTime<Utc>> = voucher.ends_at,
        /// New maximum number of uses, not below the present number; `Some(None)` for any number.
        some usage_limit: Option<i64> = voucher.usage_limit,
        /// New maximum number of uses of one customer, not below the highest present number; `Some(None)` for any number.
        some per_user_limit: Option<i64> = voucher.per_user_limit,
    }
}

impl VoucherPatch {
    /// The patch with its code normalized, without the values that depend on the voucher.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let code = fields.check_some(self.code, |it| code::of_text("code", &it));
        fields.finish_with(|| Some(Self { code, ..self }))
    }

    /// The voucher with these changes, valid except for conditions on its uses.
    pub(super) fn applied(&self, voucher: &Voucher) -> Result<Voucher, Invalid> {
        let changed = Voucher {
            code: self.code.clone().unwrap_or_else(|| voucher.code.clone()),
            value: self.value.unwrap_or(voucher.value),
            minimum: self.minimum.unwrap_or(voucher.minimum),
            starts_at: self.starts_at.unwrap_or(voucher.starts_at),
            ends_at: self.ends_at.unwrap_or(voucher.ends_at),
            usage_limit: self.usage_limit.unwrap_or(voucher.usage_limit),
            per_user_limit: self.per_user_limit.unwrap_or(voucher.per_user_limit),
            ..voucher.clone()
        };
        let mut fields = Fields::default();
        changed.check(&mut fields);
        fields.finish_with(|| Some(changed))
    }
}

impl Voucher {
    /// Records the invalid values.
    pub(super) fn check(&self, fields: &mut Fields) {
        let (most, allowed) = match self.kind {
            VoucherKind::Percent => (Money::from_minor(10_000), "a percentage"),
            VoucherKind::Amount => (Money::MAX_PRICE, "an amount"),
        };
        if self.value <= Money::ZERO || self.value > most {
            fields.add("value", format!("must be {allowed} from 0.01 to {most}, not {}", self.value));
        }
        if !(Money::ZERO..=Money::MAX_TOTAL).contains(&self.minimum) {
            fields.add("minimum", format!("must lie between 0.00 and {}, not {}", Money::MAX_TOTAL, self.minimum));
        }
        for (field, time) in [("starts_at", self.starts_at), ("ends_at", self.ends_at)] {
            fields.check_some(time, |time| in_range(field, time));
        }
        if let (Some(start), Some(end)) = (self.starts_at, self.ends_at)
            && start >= end
        {
            fields.add("ends_at", "must be after starts_at");
        }
        for (field, limit) in [("usage_limit", self.usage_limit), ("per_user_limit", self.per_user_limit)] {
            if limit.is_some_and(|limit| !(1..=Self::MAX_USES).contains(&limit)) {
                fields.add(
                    field,
                    format!("must lie between 1 and {}, not {}", Self::MAX_USES, limit.unwrap_or_default()),
                );
            }
        }
    }
}

/// Refuses times that some engine cannot compare with.
fn in_range(field: &str, time: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
    use chrono::Datelike as _;

    if (1970..=9999).contains(&time.year()) {
        return Ok(time);
    }
    Err(Invalid::new(field, format!("must lie in the years 1970 to 9999, not {}", time.year())))
}
