//! Deleting a voucher, which cannot be undone: a page asks first.

use askama::Template;
use axum::extract::State;
use ecomdb::{Voucher, VoucherId};

use crate::dashboard::shell::{Flash, Form, Section, Shell, Visit, refuse_form, render, see_other};
use crate::extract::{Id, NoQuery};
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "vouchers/delete.html")]
struct Deletion {
    shell: Shell,
    form: Form<()>,
    voucher: Voucher,
}

impl Deletion {
    async fn read(app: &App, id: VoucherId, visit: Visit, form: Form<()>) -> Result<Self, Problem> {
        let voucher = app.run(move |db| db.vouchers().get(id)).await?;
        let shell = visit.page(format!("Delete {}", voucher.code), Section::Vouchers);
        Ok(Self { shell, form, voucher })
    }
}

/// Asks before a voucher is deleted.
pub(in crate::dashboard) async fn confirm_deletion(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<VoucherId>,
    _: NoQuery,
) -> Answer {
    let form = Form::new(Default::default(), &format!("/vouchers/{id}"));
    render(&Deletion::read(&app, id, visit, form).await?)
}

/// Deletes a voucher. Deleting one that no longer exists succeeds, too.
pub(in crate::dashboard) async fn delete_voucher(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<VoucherId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        match app.run(move |db| db.vouchers().delete(id)).await {
            Err(problem) if !problem.is(&kinds::NOT_FOUND) => form.refuse(problem)?,
            _ => return see_other("/vouchers", Some(Flash::VoucherDeleted {})),
        }
    }
    refuse_form(&Deletion::read(&app, id, visit, form).await?)
}
