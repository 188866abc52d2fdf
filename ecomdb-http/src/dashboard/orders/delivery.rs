//! The addresses of an order: shown on its page and its papers, and changed while the order is pending.

use askama::Template;
use axum::extract::State;
use ecomdb::{Address, AddressKind, Country, Order, OrderId, OrderStatus};

use super::state::{customer, is_expired};
use super::{ActionQuery, address, read_order};
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, refuse_form, render, see_other,
};
use crate::extract::{Id, Query};
use crate::respond::Answer;
use crate::state::Shared;

/// The address of this kind.
pub(super) const fn of(order: &Order, kind: AddressKind) -> Option<&Address> {
    match kind {
        AddressKind::Shipping => order.shipping_address.as_ref(),
        AddressKind::Billing => order.billing_address.as_ref(),
    }
}

/// Where the address of this kind is changed.
pub(super) fn path(order: OrderId, kind: AddressKind) -> String {
    format!("/orders/{order}/{kind}-address")
}

/// The lines of an address, as on an envelope.
pub(in crate::dashboard) fn envelope(given: &Address) -> Vec<String> {
    let mut lines = vec![given.recipient().to_owned()];
    lines.extend(given.lines().map(str::to_owned));
    let city = [given.postcode(), Some(given.city())].into_iter().flatten().collect::<Vec<_>>().join(" ");
    lines.push(city);
    lines.extend(given.region().map(str::to_owned));
    lines.push(given.country().name().to_owned());
    lines
}

/// The entered address; `None` to remove it.
pub(in crate::dashboard) struct Entered(Option<Address>);

impl FromEntries for Entered {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.is_set("remove") {
            return Some(Self(None));
        }
        let text = |name: &str| fields.text(name).to_owned();
        let mut entered = Address::builder(text("recipient"), fields.lines("street"), text("city"), text("country"));
        let given = |name: &str| Some(text(name)).filter(|given| !given.is_empty());
        if let Some(region) = given("region") {
            entered = entered.region(region);
        }
        if let Some(postcode) = given("postcode") {
            entered = entered.postcode(postcode);
        }
        if let Some(phone) = given("phone") {
            entered = entered.phone(phone);
        }
        fields.check(entered.build()).map(|entered| Self(Some(entered)))
    }
}

#[derive(Template)]
#[template(path = "orders/address.html")]
struct AddressPage {
    shell: Shell,
    order: Order,
    title: &'static str,
    action: String,
    can_change: bool,
    has_address: bool,
    countries: Vec<(&'static str, &'static str)>,
    form: Form<Entered>,
    back: String,
}

impl AddressPage {
    fn new(visit: Visit, order: Order, kind: AddressKind, form: Form<Entered>) -> Self {
        let title = match kind {
            AddressKind::Shipping => "Shipping address",
            AddressKind::Billing => "Billing address",
        };
        let mut countries: Vec<_> = Country::all().map(|country| (country.code(), country.name())).collect();
        countries.sort_unstable_by_key(|(_, name)| *name);
        Self {
            title,
            action: path(order.id, kind),
            can_change: order.status == OrderStatus::Pending && !is_expired(&order, visit.now()),
            has_address: of(&order, kind).is_some(),
            countries,
            back: form.return_path(&address(order.id)),
            shell: visit.page(format!("{title} of order {}", order.id), Section::Orders),
            order,
            form,
        }
    }
}

/// The fields of the form. A new address begins with the name of the customer.
fn entries(order: &Order, kind: AddressKind) -> Entries {
    let Some(given) = of(order, kind) else { return Entries::from_iter([("recipient", customer(order))]) };
    let maybe = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Entries::from_iter([
        ("recipient", given.recipient().to_owned()),
        ("street", given.street().to_owned()),
        ("city", given.city().to_owned()),
        ("region", maybe(given.region())),
        ("postcode", maybe(given.postcode())),
        ("country", given.country().to_string()),
        ("phone", maybe(given.phone())),
    ])
}

async fn show(app: Shared, visit: Visit, id: OrderId, query: ActionQuery, kind: AddressKind) -> Answer {
    let order = read_order(&app, id).await?;
    let form = Form::new(entries(&order, kind), query.return_to.as_deref().unwrap_or_default());
    render(&AddressPage::new(visit, order, kind, form))
}

async fn set(app: Shared, visit: Visit, id: OrderId, mut form: Form<Entered>, kind: AddressKind) -> Answer {
    if let Some(Entered(entered)) = form.take() {
        match app.run(move |db| db.orders().set_address(id, kind, entered)).await {
            Ok(_) => {
                return see_other(&form.return_path(&address(id)), Some(Flash::AddressChanged { order: id.get() }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    let order = read_order(&app, id).await?;
    refuse_form(&AddressPage::new(visit, order, kind, form))
}

/// The form for the shipping address.
pub(in crate::dashboard) async fn show_shipping_address(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    show(app, visit, id, query, AddressKind::Shipping).await
}

/// Sets the shipping address.
pub(in crate::dashboard) async fn set_shipping_address(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    form: Form<Entered>,
) -> Answer {
    set(app, visit, id, form, AddressKind::Shipping).await
}

/// The form for the billing address.
pub(in crate::dashboard) async fn show_billing_address(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(query): Query<ActionQuery>,
) -> Answer {
    show(app, visit, id, query, AddressKind::Billing).await
}

/// Sets the billing address.
pub(in crate::dashboard) async fn set_billing_address(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    form: Form<Entered>,
) -> Answer {
    set(app, visit, id, form, AddressKind::Billing).await
}
