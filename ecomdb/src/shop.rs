//! The settings of the shop.

use std::str::FromStr;

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use serde::{Deserialize, Serialize};

use crate::engine::Connection;
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::schema::shop;
use crate::types::patch::patch;
use crate::types::{Currency, TimeZone, text};

/// Id of the only row.
const ROW: i64 = 1;

/// The settings of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Shop {
    /// Name.
    pub name: String,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Time zone in which days begin, for people who look at the shop. Stored times are UTC.
    #[cfg_attr(feature = "utoipa", schema(value_type = String, example = "Europe/Berlin"))]
    pub time_zone: TimeZone,
}

impl Shop {
    /// Maximum length of the name, in characters.
    pub const MAX_NAME: usize = 100;
}

patch! {
    /// Changes to the settings of the shop; `None` keeps a value.
    #[derive(AsChangeset)]
    #[diesel(table_name = shop)]
    ShopPatch {
        /// New name.
        text name: String,
        /// New currency, by its ISO 4217 code. It must have two decimals. Amounts are not converted.
        text currency: String,
        /// New time zone, by its IANA name.
        text time_zone: String,
    }
}

impl ShopPatch {
    /// The validated patch, with the name normalized.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let checked = Self {
            name: fields.check_some(self.name, |it| text::name("name", &it, Shop::MAX_NAME)),
            currency: fields.check_some(self.currency, |it| Ok(Currency::named("currency", it.trim())?.to_string())),
            time_zone: fields.check_some(self.time_zone, |it| Ok(TimeZone::named("time_zone", it.trim())?.to_string())),
        };
        fields.finish_with(|| Some(checked))
    }
}

pub(crate) fn get(conn: &mut Connection) -> Result<Shop> {
    let columns = (shop::name, shop::currency, shop::time_zone);
    let row: (String, String, String) = shop::table.find(ROW).select(columns).first(conn)?;
    let (name, currency, time_zone) = row;
    Ok(Shop { name, currency: stored(&currency)?, time_zone: stored(&time_zone)? })
}

/// Changes the settings, if they are as expected.
pub(crate) fn update(conn: &mut Connection, patch: &ShopPatch, is_expected: impl Fn(&Shop) -> bool) -> Result<Shop> {
    conn.lock_rows("SELECT id FROM shop WHERE id = ?", ROW)?;
    let before = get(conn)?;
    if !is_expected(&before) {
        return Err(Conflict::Changed { entity: "shop", id: ROW }.into());
    }
    if *patch == ShopPatch::default() {
        return Ok(before);
    }
    diesel::update(shop::table.find(ROW)).set(patch).execute(conn)?;
    get(conn)
}

/// A value that this library has not written is a storage error.
fn stored<T: FromStr<Err = Invalid>>(text: &str) -> Result<T> {
    text.parse().map_err(|invalid: Invalid| Error::Storage(DieselError::DeserializationError(invalid.into())))
}
