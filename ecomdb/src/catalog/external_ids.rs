//! Ids of products in other systems.

use std::fmt;
use std::str::FromStr;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Product, products as catalog};
use crate::context::Context;
use crate::engine::{Connection, sql};
use crate::error::{Conflict, Error, Fields, Invalid, Result};
use crate::schema::product_external_ids as table;
use crate::types::{ProductId, quoted, text};

/// Id of a product in another system, the source: `4711` in `erp`.
///
/// ```
/// use ecomdb::ExternalId;
///
/// let id: ExternalId = "erp:4711".parse()?;
/// assert_eq!((id.source(), id.external_id()), ("erp", "4711"));
/// assert!(ExternalId::new("our ERP", "4711").is_err());
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(try_from = "Parts")]
pub struct ExternalId {
    /// Name of the other system: letters a to z, digits, `-`, `_` and `.`.
    source: String,
    /// Id of the product there.
    external_id: String,
}

/// An id that was not validated.
#[derive(Deserialize)]
struct Parts {
    source: String,
    external_id: String,
}

impl TryFrom<Parts> for ExternalId {
    type Error = Invalid;

    fn try_from(Parts { source, external_id }: Parts) -> Result<Self, Invalid> {
        Self::new(&source, &external_id)
    }
}

impl ExternalId {
    /// Maximum length of a source in characters.
    pub const MAX_SOURCE: usize = 64;
    /// Maximum length of an id in characters.
    pub const MAX_ID: usize = 200;

    /// An id in a source.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `source` (1 to 64 of the letters a to z, digits, `-`, `_` and `.`) and
    /// `external_id` (1 to 200 characters, all visible).
    pub fn new(source: &str, external_id: &str) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let source = fields.check(checked_source(source));
        let external_id = fields.check(text::identity("external_id", external_id, Self::MAX_ID));
        fields.finish_with(|| Some(Self { source: source?, external_id: external_id? }))
    }

    /// Name of the other system.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Id of the product in the other system.
    #[must_use]
    pub fn external_id(&self) -> &str {
        &self.external_id
    }
}

/// The validated name of a source.
pub(crate) fn checked_source(source: &str) -> Result<String, Invalid> {
    let source = text::identity("source", source, ExternalId::MAX_SOURCE)?;
    match source.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.')) {
        Some(_) => {
            let message = format!("must have only the letters a to z, digits, -, _ and ., not {}", quoted(&source));
            Err(Invalid::new("source", message))
        }
        None => Ok(source),
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.external_id)
    }
}

impl FromStr for ExternalId {
    type Err = Invalid;

    /// Parses `source:id`; [`Invalid`] (`external_id`) otherwise.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("external_id", "must be a source and an id, such as erp:4711");
        let (source, id) = text.split_once(':').ok_or_else(wrong)?;
        Self::new(source, id).map_err(|_| wrong())
    }
}

/// The ids of a product, by source.
pub(crate) fn list(conn: &mut Connection, context: &Context, id: ProductId) -> Result<Vec<ExternalId>> {
    catalog::get(conn, context, id)?;
    let rows: Vec<(String, String)> = table::table
        .filter(table::product_id.eq(id))
        .select((table::source, table::external_id))
        .order(table::source)
        .load(conn)?;
    Ok(rows.into_iter().map(|(source, external_id)| ExternalId { source, external_id }).collect())
}

/// The product with this id in a source.
pub(crate) fn find(conn: &mut Connection, context: &Context, id: &ExternalId) -> Result<Product> {
    match owner(conn, id)? {
        Some(product) => catalog::get(conn, context, product),
        None => Err(Error::UnknownExternalId { external_id: id.to_string() }),
    }
}

fn owner(conn: &mut Connection, id: &ExternalId) -> Result<Option<ProductId>> {
    let row = table::table.filter(table::source.eq(&id.source).and(table::external_id.eq(&id.external_id)));
    Ok(row.select(table::product_id).get_result(conn).optional()?)
}

/// Sets the id of a product in a source, which replaces the present one.
pub(crate) fn set(conn: &mut Connection, context: &Context, product: ProductId, id: &ExternalId) -> Result<ExternalId> {
    catalog::lock(conn, context, product)?;
    match owner(conn, id)? {
        Some(owner) if owner == product => return Ok(id.clone()),
        Some(_) => {
            let value = quoted(&id.to_string()).to_string();
            return Err(Conflict::Duplicate { entity: "product", field: "external_id", value }.into());
        }
        None => {}
    }
    let replace = sql("UPDATE product_external_ids SET external_id = ? WHERE product_id = ? AND source = ?");
    let replaced = replace.text(id.external_id()).int(product).text(id.source()).run(conn)?;
    if replaced == 0 {
        let insert = sql("INSERT INTO product_external_ids (source, external_id, product_id) VALUES (?, ?, ?)");
        insert.text(id.source()).text(id.external_id()).int(product).run(conn)?;
    }
    Ok(id.clone())
}

/// Removes the id of a product in a source, if it has one.
pub(crate) fn remove(conn: &mut Connection, context: &Context, product: ProductId, source: &str) -> Result<()> {
    catalog::lock(conn, context, product)?;
    diesel::delete(table::table.filter(table::product_id.eq(product).and(table::source.eq(source)))).execute(conn)?;
    Ok(())
}
