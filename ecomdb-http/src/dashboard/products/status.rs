//! Archiving a product, and restoring it.

use axum::extract::State;
use ecomdb::{ProductId, ProductPatch, ProductStatus};

use crate::dashboard::shell::{Flash, Form, see_other};
use crate::extract::Id;
use crate::respond::Answer;
use crate::state::{App, Shared};

/// Archives a product, so that it is no longer sold.
pub(in crate::dashboard) async fn archive_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    form: Form<()>,
) -> Answer {
    set_status(&app, id, ProductStatus::Archived, form, Flash::ProductArchived { id: id.get() }).await
}

/// Restores an archived product.
pub(in crate::dashboard) async fn unarchive_product(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    form: Form<()>,
) -> Answer {
    set_status(&app, id, ProductStatus::Active, form, Flash::ProductUnarchived { id: id.get() }).await
}

async fn set_status(app: &App, id: ProductId, status: ProductStatus, mut form: Form<()>, flash: Flash) -> Answer {
    let path = form.return_path(&format!("/products/{id}"));
    if form.take().is_none() {
        return see_other(&path, None);
    }
    app.run(move |db| db.products().update(id, ProductPatch::default().status(status))).await?;
    see_other(&path, Some(flash))
}
