//! Products of groups: joining, leaving, and the values for the group's options.

use diesel::prelude::*;

use super::groups;
use super::{OptionValues, Product, ProductGroup, ProductPatch};
use crate::engine::Connection;
use crate::error::{Conflict, Error, Result};
use crate::schema::products;
use crate::types::{ProductGroupId, ProductId};

/// The column `option_values` after a patch; `None` if it stays. Brings the values of the patch into the order of the
/// group, and locks a group that gets a product or other values. `before` is `None` for a new product.
pub(super) fn resolve(
    conn: &mut Connection,
    before: Option<&Product>,
    patch: &mut ProductPatch,
) -> Result<Option<Option<String>>> {
    let present = before.and_then(|product| product.group_id);
    let wanted = patch.group_id.unwrap_or(present);
    if wanted == present && patch.options.is_none() {
        return Ok(None);
    }
    let given = patch.options.take().unwrap_or_default();
    let Some(group) = wanted else {
        if !given.is_empty() {
            return Err(Error::invalid("options", "must be given only for a product of a group"));
        }
        return Ok(present.map(|_| None));
    };
    let Some(options) = groups::join(conn, group)? else {
        return Err(Error::invalid("group_id", format!("no product group has the id {group}")));
    };
    let values = given.ordered_by(&options)?;
    let joins = wanted != present;
    if !joins && before.is_some_and(|product| product.options == values) {
        return Ok(None);
    }
    if joins && groups::variant_count(conn, group)? >= ProductGroup::MAX_VARIANTS {
        let most = ProductGroup::MAX_VARIANTS;
        return Err(Error::invalid("group_id", format!("a product group can have at most {most} products")));
    }
    refuse_taken_values(conn, group, &values, before.map(|product| product.id))?;
    let stored = values.stored();
    patch.options = Some(values);
    Ok(Some(Some(stored)))
}

fn refuse_taken_values(
    conn: &mut Connection,
    group: ProductGroupId,
    values: &OptionValues,
    except: Option<ProductId>,
) -> Result<()> {
    let owner: Option<ProductId> = products::table
        .filter(products::group_id.eq(group).and(products::option_values.eq(values.stored())))
        .select(products::id)
        .get_result(conn)
        .optional()?;
    match owner {
        Some(owner) if Some(owner) != except => {
            Err(Conflict::Duplicate { entity: "product of the group", field: "options", value: values.shown() }.into())
        }
        _ => Ok(()),
    }
}
