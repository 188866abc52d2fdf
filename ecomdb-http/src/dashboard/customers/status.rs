//! Disabling and enabling a customer.

use axum::extract::State;
use ecomdb::{UserId, UserPatch, UserStatus};

use super::address;
use crate::dashboard::shell::{Flash, Form, see_other};
use crate::extract::Id;
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::users;

/// Disables a customer, which also ends their sessions.
pub(in crate::dashboard) async fn disable_customer(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    form: Form<()>,
) -> Answer {
    set_status(&app, id, UserStatus::Disabled, form, Flash::CustomerDisabled { id: id.get() }).await
}

/// Enables a customer again.
pub(in crate::dashboard) async fn enable_customer(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    form: Form<()>,
) -> Answer {
    set_status(&app, id, UserStatus::Active, form, Flash::CustomerEnabled { id: id.get() }).await
}

async fn set_status(app: &App, id: UserId, status: UserStatus, mut form: Form<()>, flash: Flash) -> Answer {
    let path = form.return_path(&address(id));
    if form.take().is_none() {
        return see_other(&path, None);
    }
    let patch = UserPatch::default().status(status);
    app.run_blocking(move |shop| users::change_if(shop, id, patch, |_| true)).await?;
    see_other(&path, Some(flash))
}
