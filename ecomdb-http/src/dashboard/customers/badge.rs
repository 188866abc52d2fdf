//! Badges of users.

use ecomdb::{Role, User, UserStatus};

use super::is_anonymous;

/// The state of a user as word, shape and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UserBadge {
    /// Class of the style sheet.
    pub(super) class: &'static str,
    /// Icon of the sprite.
    pub(super) icon: &'static str,
    pub(super) word: &'static str,
}

impl UserBadge {
    pub(super) fn of(user: &User) -> Self {
        match user.status {
            _ if is_anonymous(user) => Self { class: "is-cancelled", icon: "ban", word: "Anonymised" },
            UserStatus::Active => Self { class: "is-paid", icon: "circle-check", word: "Active" },
            UserStatus::Disabled => Self { class: "is-cancelled", icon: "ban", word: "Disabled" },
        }
    }
}

/// The role of a user who is more than a customer.
pub(super) const fn role(user: &User) -> Option<&'static str> {
    match user.role {
        Role::Customer => None,
        Role::Staff => Some("Staff"),
        Role::Admin => Some("Admin"),
    }
}
