//! Lists of users.

use diesel::prelude::*;

use super::User;
use crate::context::Context;
use crate::engine::{Connection, MultiBackend, count_rows};
use crate::error::Result;
use crate::schema::users;
use crate::search::{Candidates, Index, candidates, candidates_to_count, found};
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::{List, Page, PageRequest, Role, RowCount, UserStatus};

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
///
/// # Search
/// `search` is a text of words. A row is found if each of them is the beginning of one of its words. Case, accents and
/// compatibility forms make no difference: `jose` finds "Jos\u{e9}", and `strasse` finds "Stra\u{df}e". In a word with
/// punctuation inside, such as `KD-48` or `anna.smith@example`, all parts but the last must be whole words. Names and
/// SKUs with punctuation are found without it, too: `kd482` finds "KD-482". Chinese and Japanese text is found from any
/// of its characters on. A search without a letter or digit finds nothing.
///
/// The order is that of the list. The first 32 words of a search count, the first 32 different words of a user, the first
/// 64 of a product, and the first 64 bytes of a word. [`Error::Invalid`](crate::Error::Invalid) (`search`) for more than
/// 254 characters, and for control characters.
///
/// ```
/// use ecomdb::{Database, NewUser, UserFilter};
/// # let db = Database::open(":memory:")?;
///
/// let user = db.users().create(NewUser::new("jose.m@example.com", "Jos\u{e9}", "M\u{fc}ller")?)?;
/// for search in ["JOSE mull", "m\u{fc}ller", "jose.m@example.com", "example"] {
///     assert_eq!(db.users().list(&UserFilter::default().search(search))?.items, [user.clone()], "{search}");
/// }
/// assert!(db.users().list(&UserFilter::default().search("jose schmidt"))?.items.is_empty());
/// # Ok::<(), ecomdb::Error>(())
/// ```
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
    /// Only users with all of these words in first name, last name or e-mail address; see [`UserFilter`].
    pub search: Option<String>,
}

setters! {
    UserFilter {
        value page: PageRequest, value sort: UserSort, some status: UserStatus, some role: Role, text search: String,
    }
}

impl UserFilter {
    /// Identity of the list for its cursors: all filters and the sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, status, role, search } = self;
        List::new("users", &format!("{sort} {:?}", (status, role, search)))
    }
}

/// The users that match the filter and that the caller can see; `searched` are those that match the search.
fn matching(
    context: &Context,
    filter: &UserFilter,
    searched: Option<Candidates>,
) -> users::BoxedQuery<'static, MultiBackend> {
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
    if let Some(searched) = searched {
        query = found!(query, searched, Index::Users, users::id, "users.id");
    }
    query
}

/// The number of users that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &UserFilter) -> Result<RowCount> {
    let search = filter.search.as_ref();
    let searched = search.map(|search| candidates_to_count(conn, Index::Users, search)).transpose()?;
    let query = matching(context, filter, searched);
    Ok(count_rows(conn, query.select(users::id))?)
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &UserFilter) -> Result<Page<User>> {
    let searched = filter.search.as_ref().map(|search| candidates(conn, Index::Users, search)).transpose()?;
    let query = matching(context, filter, searched).select(User::as_select());
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
