//! Changes of users, with their entries in the audit log. They run together with the database work, because a client
//! may disconnect at any time.

use ecomdb::{Change, NewUser, OnBehalf, Result, User, UserId, UserPatch, UserStatus};

use crate::audit;

/// Creates a user.
pub(crate) fn create(shop: OnBehalf<'_>, user: NewUser) -> Result<User> {
    let user = shop.users().create(user)?;
    audit::USER_CREATED.entry().account(Some(&user.email)).about(user.id).log();
    Ok(user)
}

/// Changes a user that is still as expected.
pub(crate) fn change_if(
    shop: OnBehalf<'_>,
    id: UserId,
    patch: UserPatch,
    is_expected: impl Fn(&User) -> bool + Send + 'static,
) -> Result<User> {
    let Change { before, after } = shop.users().change_if(id, patch, is_expected)?;
    if after.email != before.email {
        audit::EMAIL_CHANGED.entry().account(Some(&after.email)).about(id).log();
    }
    if after.status != before.status {
        let is_active = after.status == UserStatus::Active;
        let event = if is_active { &audit::USER_ENABLED } else { &audit::USER_DISABLED };
        event.entry().about(id).log();
    }
    Ok(after)
}

/// Makes a user anonymous.
pub(crate) fn anonymise(shop: OnBehalf<'_>, id: UserId) -> Result<User> {
    let user = shop.users().anonymise(id)?;
    audit::USER_ANONYMISED.entry().about(id).log();
    Ok(user)
}
