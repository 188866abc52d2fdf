//! Query parameters of lists.

use ecomdb::{Cursor, Limit, PagePosition, PageRequest};

use super::query::refusal;
use crate::problem::Problem;

/// Defines the query parameters of a list: those of every list, and its own.
macro_rules! list_query {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields, default)]
        #[into_params(parameter_in = Query)]
        $visibility struct $name {
            /// Maximum number of rows.
            #[param(value_type = $crate::openapi::fields::Rows, inline)]
            #[serde(deserialize_with = "crate::extract::text")]
            limit: Option<ecomdb::Limit>,
            /// Start of the page, from the link `next` of another page. Valid only with the same filters and the same sort.
            #[param(value_type = $crate::openapi::fields::Cursor, inline)]
            #[serde(deserialize_with = "crate::extract::text")]
            cursor: Option<ecomdb::Cursor>,
            /// End of the page, from the link `prev` of another page. Valid like `cursor`, and only without it.
            #[param(value_type = $crate::openapi::fields::Cursor, inline)]
            #[serde(deserialize_with = "crate::extract::text")]
            before: Option<ecomdb::Cursor>,
            /// `true` adds the header `X-Total-Count`: the number of rows on all pages, counted up to 10,000.
            #[serde(deserialize_with = "crate::extract::text")]
            count: Option<bool>,
            $($own)*
        }

        impl $name {
            /// The requested page, and whether to count the rows on all pages.
            $visibility fn page(&self) -> Result<(ecomdb::PageRequest, bool), $crate::problem::Problem> {
                let page = $crate::extract::page(self.limit, self.cursor.clone(), self.before.clone())?;
                Ok((page, self.count.unwrap_or_default()))
            }
        }
    };
}

pub(crate) use list_query;

/// The requested page.
pub(crate) fn page(
    limit: Option<Limit>,
    cursor: Option<Cursor>,
    before: Option<Cursor>,
) -> Result<PageRequest, Problem> {
    let position = match (cursor, before) {
        (Some(_), Some(_)) => return Err(refusal("before", "must not be given together with cursor")),
        (Some(start), None) => PagePosition::After(start),
        (None, Some(end)) => PagePosition::Before(end),
        (None, None) => PagePosition::First,
    };
    Ok(PageRequest::default().limit(limit.unwrap_or_default()).position(position))
}
