//! Making a customer anonymous, which cannot be undone.

use askama::Template;
use axum::extract::State;
use ecomdb::{OrderFilter, RowCount, Scope, User, UserId};

use super::{address, full_name, is_anonymous};
use crate::dashboard::format::{count_up_to, counted};
use crate::dashboard::shell::{Entries, Flash, Form, Section, Shell, Visit, refuse_form, render, see_other};
use crate::extract::{Id, NoQuery};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};
use crate::users;

#[derive(Template)]
#[template(path = "customers/anonymise.html")]
struct Anonymisation {
    shell: Shell,
    form: Form<()>,
    user: User,
    /// Number of orders in words; `None` for a caller who may not know it.
    orders: Option<String>,
}

impl Anonymisation {
    fn name(&self) -> String {
        full_name(&self.user)
    }

    fn is_done(&self) -> bool {
        is_anonymous(&self.user)
    }
}

/// The page that says what anonymising does, before it is done.
pub(in crate::dashboard) async fn confirm_anonymisation(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    _: NoQuery,
) -> Answer {
    let form = Form::new(Entries::default(), &address(id));
    render(&read(&app, visit, id, form).await?)
}

/// Makes the customer anonymous.
pub(in crate::dashboard) async fn anonymise_customer(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    mut form: Form<()>,
) -> Answer {
    if form.take().is_some() {
        match app.run_blocking(move |shop| users::anonymise(shop, id)).await {
            Ok(_) => return see_other(&address(id), Some(Flash::CustomerAnonymised { id: id.get() })),
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&read(&app, visit, id, form).await?)
}

async fn read(app: &App, visit: Visit, id: UserId, form: Form<()>) -> Result<Anonymisation, Problem> {
    let sees_orders = visit.can(Scope::OrdersRead);
    let read = app.run(move |db| {
        db.run(move |shop| {
            let orders = || shop.orders().count(&OrderFilter::default().user_id(id));
            Ok((shop.users().get(id)?, sees_orders.then(orders).transpose()?))
        })
    });
    let (user, orders) = read.await?;
    let orders = orders.map(|orders| match orders {
        RowCount::Exactly(orders) => counted(orders, "order", "orders"),
        RowCount::More => format!("{} orders", count_up_to(RowCount::MAX, true)),
    });
    let shell = visit.page(format!("Anonymise {}", full_name(&user)), Section::Customers);
    Ok(Anonymisation { shell, form, user, orders })
}
