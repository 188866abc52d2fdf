//! Lists of users.

use diesel::prelude::*;

use super::User;
use crate::context::Context;
use crate::engine::{Connection, MultiBackend, count_rows};
use crate::error::Result;
use crate::schema::users;
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::{List, Page, PageRequest, Role, RowCount, UserStatus, stored_forms, text};

text_enum! {
    /// Sort order of users.
    UserSort (default Id) {
        /// Ascending id, which is the order of creation (default).
        Id = "id",
        /// Descending id.
        IdDescending = "-id",
        /// Ascending e-mail address.
        Email = "email",
        /// Descending e-mail address.
        EmailDescending = "-email",
    }
}

/// Filter, sort order and page of a list of users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UserFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Sort order.
    pub sort: UserSort,
    /// Only users with this status.
    pub status: Option<UserStatus>,
    /// Only users with this role.
    pub role: Option<Role>,
    /// Only users whose e-mail address, first name or last name contains this text of at most 254 characters. The
    /// search ignores the case of ASCII letters (on MariaDB, of all letters), and in addresses the case and composition
    /// of all letters. Surrounding spaces are ignored; `%` and `_` are literal.
    pub text: Option<String>,
}

setters! {
    UserFilter {
        value page: PageRequest, value sort: UserSort, some status: UserStatus, some role: Role, text text: String,
    }
}

impl UserFilter {
    /// Identity of the list for its cursors: all filters and the sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, status, role, text } = self;
        List::new("users", &format!("{sort} {:?}", (status, role, text)))
    }
}

/// Patterns for LIKE with the escape character `!`, by which users with a text are found.
pub(crate) struct Patterns {
    /// For the first and the last name in lower case.
    pub(crate) names: String,
    /// For the e-mail address: a whole address in any spelling, or a part of one.
    pub(crate) addresses: [String; 2],
}

impl Patterns {
    /// # Errors
    /// [`Invalid`](crate::types::Invalid) (`text`) for a text that no user can contain.
    pub(crate) fn of(conn: &Connection, text: &str) -> Result<Self> {
        let sought = text::sought("text", text)?;
        let addresses = stored_forms(&sought).map(|form| text::contains(&form));
        Ok(Self { names: text::contains(&conn.lower(&sought)), addresses })
    }
}

/// The users that match the filter and that the caller can see.
fn matching(
    conn: &Connection,
    context: &Context,
    filter: &UserFilter,
) -> Result<users::BoxedQuery<'static, MultiBackend>> {
    let mut query = users::table.into_boxed();
    if let Some(owner) = context.owner() {
        query = query.filter(users::id.eq(owner));
    }
    if let Some(status) = filter.status {
        query = query.filter(users::status.eq(status));
    }
    if let Some(role) = filter.role {
        query = query.filter(users::role.eq(role));
    }
    if let Some(text) = &filter.text {
        let Patterns { names, addresses: [local, host] } = Patterns::of(conn, text)?;
        query = query.filter(
            users::email
                .like(local)
                .escape('!')
                .or(users::email.like(host).escape('!'))
                .or(text::lower(users::first_name).like(names.clone()).escape('!'))
                .or(text::lower(users::last_name).like(names).escape('!')),
        );
    }
    Ok(query)
}

/// The number of users that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &UserFilter) -> Result<RowCount> {
    let query = matching(conn, context, filter)?;
    Ok(count_rows(conn, query.select(users::id))?)
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &UserFilter) -> Result<Page<User>> {
    let query = matching(conn, context, filter)?.select(User::as_select());
    let (page, list) = (&filter.page, filter.identity());
    let (query, direction) = match filter.sort {
        UserSort::Id => sorted!(query, page, list, ascending users::id),
        UserSort::IdDescending => sorted!(query, page, list, descending users::id),
        UserSort::Email => sorted!(query, page, list, ascending users::email => String, users::id),
        UserSort::EmailDescending => sorted!(query, page, list, descending users::email => String, users::id),
    };
    let rows = query.load(conn)?;
    let key = |user: &User| match filter.sort {
        UserSort::Id | UserSort::IdDescending => None,
        UserSort::Email | UserSort::EmailDescending => Some(user.email.clone()),
    };
    Ok(Page::sorted(rows, page, list, direction, |user| (key(user), user.id.get())))
}
