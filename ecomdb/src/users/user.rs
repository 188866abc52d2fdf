//! User records, and their creation and changes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::users;
use crate::types::patch::patch;
use crate::types::time::json_time;
use crate::types::{Email, Fields, Invalid, Role, UserId, UserStatus, text};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = users)]
#[non_exhaustive]
pub struct User {
    /// User id.
    pub id: UserId,
    /// Normalised e-mail address, unique.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Status of the user.
    pub status: UserStatus,
    /// Role of the user; see [`Accounts::set_role`](crate::Accounts::set_role).
    pub role: Role,
    /// When the user was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// When the user was last changed (UTC).
    #[serde(serialize_with = "json_time")]
    pub updated_at: DateTime<Utc>,
}

/// The customer of an order in a list: the user as it is now. [`Order::buyer`](crate::Order::buyer) has the name and address
/// of when the order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = users)]
#[non_exhaustive]
pub struct OrderUser {
    /// User id.
    pub id: UserId,
    /// E-mail address.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
}

/// The buyer of an order, with the name and address of when the order was placed.
///
/// Changing the user changes no order. [`Users::anonymise`](crate::Users::anonymise) replaces name and address by
/// placeholders in all orders of the user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = users)]
#[non_exhaustive]
pub struct Buyer {
    /// E-mail address.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
}

/// A user who can order.
#[derive(Debug, Clone)]
pub(crate) struct ActiveUser {
    pub(crate) id: UserId,
    pub(crate) buyer: Buyer,
    /// Revision of name and address; see [`names`](super::names).
    pub(crate) revision: Option<i64>,
}

/// A user to create.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewUser {
    pub(crate) email: Email,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

impl NewUser {
    /// Maximum length of first and last name, in characters.
    pub const MAX_NAME: usize = 100;

    /// Validates and normalises input.
    ///
    /// # Errors
    /// [`Invalid`] with each wrong field: `email`, `first_name` (1 to 100 characters), `last_name` (likewise).
    ///
    /// ```
    /// use ecomdb::NewUser;
    ///
    /// assert!(NewUser::new("Ada@Example.com", "Ada", "Lovelace").is_ok());
    /// let invalid = NewUser::new("ada", "", "Lovelace").unwrap_err();
    /// let fields: Vec<_> = invalid.fields().iter().map(|error| error.field.as_str()).collect();
    /// assert_eq!(fields, ["email", "first_name"]);
    /// ```
    pub fn new(email: &str, first_name: &str, last_name: &str) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let email = fields.check(Email::new("email", email));
        let first_name = fields.check(text::name("first_name", first_name, Self::MAX_NAME));
        let last_name = fields.check(text::name("last_name", last_name, Self::MAX_NAME));
        fields.finish_with(|| Some(Self { email: email?, first_name: first_name?, last_name: last_name? }))
    }
}

patch! {
    /// Changes to a user; `None` keeps a value.
    #[derive(AsChangeset)]
    #[diesel(table_name = users)]
    UserPatch for user: User {
        /// New e-mail address.
        text email: String = user.email,
        /// New given name.
        text first_name: String = user.first_name,
        /// New family name.
        text last_name: String = user.last_name,
        /// New status.
        some status: UserStatus = user.status,
    }
}

impl UserPatch {
    /// The validated patch, with its texts normalized.
    pub(crate) fn checked(self) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let checked = Self {
            email: fields.check_some(self.email, |it| Ok(Email::new("email", &it)?.to_string())),
            first_name: fields.check_some(self.first_name, |it| text::name("first_name", &it, NewUser::MAX_NAME)),
            last_name: fields.check_some(self.last_name, |it| text::name("last_name", &it, NewUser::MAX_NAME)),
            status: self.status,
        };
        fields.finish_with(|| Some(checked))
    }

    /// Whether it changes what the user logs in with. The address is part of the login, and checking it for duplicates
    /// would also reveal other users' addresses.
    pub(crate) const fn is_account(&self) -> bool {
        self.status.is_some() || self.email.is_some()
    }

    /// Whether it changes name or address, which orders keep and a search finds.
    pub(super) fn renames(&self, user: &User) -> bool {
        Self { status: None, ..self.clone() }.changes(user)
    }
}
