//! Operations on users.

use super::access::{Access, checked};
use crate::dossier::{self, Dossier};
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::types::{Change, Email, Page, PageRequest, RowCount, Scope, UserId};
use crate::users::{self, NewUser, User, UserFilter, UserPatch};

/// Users of a shop, from [`Database::users`](crate::Database::users).
#[derive(Debug)]
pub struct Users<A>(pub(crate) A);

impl<A: Access> Users<A> {
    /// Creates a user.
    ///
    /// # Errors
    /// [`Conflict::Duplicate`] (`email`) if another user has the address.
    pub fn create(self, user: NewUser) -> A::Answer<User> {
        self.0.write(Scope::UsersManage, None, move |conn, _| users::create(conn, &user))
    }

    /// The user with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: UserId) -> A::Answer<User> {
        self.0.read(Scope::UsersRead, move |conn, context| users::get(conn, context, id))
    }

    /// The user with this e-mail address in any spelling, or `None`.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn find(self, email: &str) -> A::Answer<Option<User>> {
        let Ok(email) = Email::new("email", email) else { return A::known(Ok(None)) };
        self.0.read(Scope::UsersRead, move |conn, context| users::find(conn, context, &email))
    }

    /// A page of the users that match the filter, in its sort order.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`, `before`) for a cursor of another list, or of this one with another filter or sort;
    /// (`search`); see [`UserFilter`](crate::UserFilter#search).
    pub fn list(self, filter: &UserFilter) -> A::Answer<Page<User>> {
        let filter = filter.clone();
        self.0.read(Scope::UsersRead, move |conn, context| users::list(conn, context, &filter))
    }

    /// Number of users that match the filter, on all pages.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`search`); see [`UserFilter`](crate::UserFilter#search).
    pub fn count(self, filter: &UserFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.0.read(Scope::UsersRead, move |conn, context| users::count(conn, context, &filter))
    }

    /// Changes a user. A patch without differences changes nothing, not even `updated_at`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Conflict::Duplicate`] (`email`). [`Conflict::LastAdmin`] if a caller
    /// other than the operator disables the last active admin. [`Error::Forbidden`] for an API key that changes the
    /// address or status of staff or admins.
    pub fn update(self, id: UserId, patch: UserPatch) -> A::Answer<User> {
        self.update_if(id, patch, |_| true)
    }

    /// Like [`Users::update`], but only if `is_expected` is true of the user, evaluated in the transaction that makes
    /// the change. See [`Products::update_if`](crate::Products::update_if).
    ///
    /// # Errors
    /// As [`Users::update`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn update_if(
        self,
        id: UserId,
        patch: UserPatch,
        is_expected: impl Fn(&User) -> bool + Send + 'static,
    ) -> A::Answer<User> {
        A::map(self.change_if(id, patch, is_expected), |change| change.after)
    }

    /// Like [`Users::update_if`], but also returns the user as it was before.
    ///
    /// # Errors
    /// As [`Users::update_if`].
    pub fn change_if(
        self,
        id: UserId,
        patch: UserPatch,
        is_expected: impl Fn(&User) -> bool + Send + 'static,
    ) -> A::Answer<Change<User>> {
        let patch = checked!(A, patch.checked());
        if patch == UserPatch::default() {
            return self.0.read(Scope::UsersRead, move |conn, context| {
                let user = users::get_if(conn, context, id, &is_expected)?;
                Ok(Change { before: user.clone(), after: user })
            });
        }
        let needed = if patch.is_account() { Scope::UsersManage } else { Scope::UsersWrite };
        self.0.write(needed, None, move |conn, context| users::update(conn, context, id, &patch, &is_expected))
    }

    /// Deletes a user without orders.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::InUse`] for a user with orders, who can be anonymised instead.
    /// [`Conflict::LastAdmin`] and [`Error::Forbidden`] as for [`Users::update`].
    pub fn delete(self, id: UserId) -> A::Answer<()> {
        self.delete_if(id, |_| true)
    }

    /// Like [`Users::delete`], but only if `is_expected` is true of the user, evaluated in the transaction that deletes
    /// it.
    ///
    /// # Errors
    /// As [`Users::delete`]. [`Conflict::Changed`] if `is_expected` is false.
    pub fn delete_if(self, id: UserId, is_expected: impl Fn(&User) -> bool + Send + 'static) -> A::Answer<()> {
        self.0.write(Scope::UsersManage, None, move |conn, context| users::delete(conn, context, id, &is_expected))
    }

    /// Everything that is stored about a user; see [`Dossier`]. The orders come in pages of at most 100, the oldest first;
    /// everything else comes with each page. All of it is of one moment.
    ///
    /// Requires [`Scope::UsersRead`] and [`Scope::OrdersRead`]. A caller who is limited to its own rows gets its own.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`cursor`, `before`) for a cursor of another list.
    pub fn dossier(self, id: UserId, page: &PageRequest) -> A::Answer<Dossier> {
        let page = page.clone();
        let read = move |conn: &mut _, context: &_| dossier::read(conn, context, id, page.clone());
        self.0.snapshot(Scope::UsersRead, read)
    }

    /// Replaces a user's name and address by placeholders, also in all orders, and disables the user. The orders are kept.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::LastAdmin`] and [`Error::Forbidden`] as for [`Users::update`].
    pub fn anonymise(self, id: UserId) -> A::Answer<User> {
        self.0.write(Scope::UsersManage, None, move |conn, context| users::anonymise(conn, context, id))
    }
}
