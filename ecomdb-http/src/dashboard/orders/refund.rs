//! Giving money back. The form is followed by a page that says what is going to happen; for one unit of a product, the order
//! leads to that page at once.

use askama::Template;
use axum::extract::State;
use ecomdb::{Invalid, Money, NewRefund, Order, OrderId, OrderItem, OrderStatus, ProductId, Refund, TimeZone};
use serde::Deserialize;

use super::returned::{self, Units};
use super::state::{Sums, customer, is_captured, left, method, units as units_of};
use super::{address, read_order};
use crate::dashboard::format::money;
use crate::dashboard::shell::{
    Entries, Fields, Flash, Form, FromEntries, Section, Shell, Visit, refuse_form, render, see_other,
};
use crate::extract::{Id, Query, text};
use crate::respond::Answer;
use crate::state::{App, Shared};

/// Name of the hidden field with the initial amount of the form.
const SUGGESTED: &str = "suggested";

/// The parameters of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct RefundQuery {
    /// The page to return to after the form.
    #[serde(rename = "return", deserialize_with = "text")]
    return_to: Option<String>,
    /// The product of which one unit is given back.
    #[serde(deserialize_with = "text")]
    one_of: Option<ProductId>,
}

/// A refund as it was entered, and which button was pressed.
pub(in crate::dashboard) struct Entered {
    /// `None` if the chosen units determine it: units were chosen, and the amount is still the initial one.
    amount: Option<Money>,
    units: Units,
    reason: String,
    restocks: bool,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Show what the refund does.
    Review,
    /// Make the refund.
    Confirm,
    /// Back to the form.
    Edit,
}

impl FromEntries for Entered {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let units = Units::from_fields(fields);
        let entered = fields.text("amount");
        let is_untouched = entered.is_empty() || entered == fields.text(SUGGESTED);
        let do_units_decide = is_untouched && units.as_ref().is_none_or(|units| !units.is_empty());
        let amount = if do_units_decide { Some(None) } else { fields.required::<Money>("amount").map(Some) };
        let (reason, restocks) = (fields.text("reason").to_owned(), fields.is_set("restock"));
        let step = match fields.text("step") {
            "confirm" => Step::Confirm,
            "edit" => Step::Edit,
            _ => Step::Review,
        };
        let _ = fields.check(refund(&reason, amount.flatten(), restocks))?;
        Some(Self { amount: amount?, units: units?, reason, restocks, step })
    }
}

fn refund(reason: &str, amount: Option<Money>, restocks: bool) -> Result<NewRefund, Invalid> {
    let refund = NewRefund::builder(reason);
    let refund = if let Some(amount) = amount { refund.amount(amount) } else { refund };
    if restocks { refund.restock().build() } else { refund.build() }
}

#[derive(Template)]
#[template(path = "orders/refund.html")]
struct RefundPage {
    shell: Shell,
    order: Order,
    payments: Vec<Paid>,
    items: Vec<Item>,
    /// Earlier refunds: an order knows their amounts, not their units.
    earlier: Vec<Refund>,
    zone: TimeZone,
    /// The amount that the form suggests before it is edited.
    suggested: String,
    refundable: String,
    /// Why nothing can be refunded; empty if something can.
    impossible: &'static str,
    /// The units that can be restocked; `None` if they were restocked already.
    units: Option<String>,
    form: Form<Entered>,
    back: String,
}

/// A captured payment.
struct Paid {
    name: String,
    paid: String,
    refunded: String,
    left: String,
}

/// A product of the order, and how many of its units are refunded.
struct Item {
    field: String,
    name: String,
    ordered: i64,
    price: String,
    /// Unit price in minor units, for the script that sums up the amount.
    minor: i64,
    units: String,
}

impl RefundPage {
    fn new(visit: Visit, order: Order, form: Form<Entered>) -> Self {
        let line = |payment: &ecomdb::Payment| Paid {
            name: format!("{}, {}", payment.id, method(payment.method)),
            paid: money(payment.amount),
            refunded: money(payment.amount.checked_sub(left(&order, payment)).unwrap_or_default()),
            left: money(left(&order, payment)),
        };
        let item = |item: &OrderItem| {
            let field = returned::field(item.product_id);
            Item {
                units: Some(form.entry(&field)).filter(|entry| !entry.is_empty()).unwrap_or("0").to_owned(),
                field,
                name: item.product_name.clone(),
                ordered: item.quantity,
                price: money(item.net_total.divided_by(item.quantity)),
                minor: item.net_total.minor(),
            }
        };
        let refundable = Sums::of(&order).refundable();
        Self {
            items: order.items.iter().map(item).collect(),
            earlier: order.refunds.clone(),
            zone: visit.zone(),
            suggested: form.entry(SUGGESTED).to_owned(),
            payments: order.payments.iter().filter(|payment| is_captured(payment)).map(line).collect(),
            refundable: money(refundable),
            impossible: match order.status {
                OrderStatus::Completed if refundable > Money::ZERO => "",
                OrderStatus::Completed => "Nothing was paid for it.",
                OrderStatus::Pending => "It is not paid in full: it can be cancelled instead.",
                OrderStatus::Refunded => "All of it was given back.",
                OrderStatus::Cancelled => "It is cancelled.",
            },
            units: (!is_restocked(&order)).then(|| units_of(&order)),
            back: form.return_path(&address(order.id)),
            shell: visit.page(format!("Refund order {}", order.id), Section::Orders),
            order,
            form,
        }
    }
}

fn is_restocked(order: &Order) -> bool {
    order.refunds.iter().any(|refund| refund.restocked)
}

#[derive(Template)]
#[template(path = "orders/refund_review.html")]
struct ReviewPage {
    shell: Shell,
    id: OrderId,
    sentences: Vec<String>,
    button: String,
    form: Form<Entered>,
}

/// The form, with all that is left: the units, too, if nothing was given back yet. For one unit of a product, says what is
/// going to happen.
pub(in crate::dashboard) async fn show_refund_form(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(RefundQuery { return_to, one_of }): Query<RefundQuery>,
) -> Answer {
    let order = read_order(&app, id).await?;
    let return_to = return_to.unwrap_or_default();
    if let Some(product) = one_of.filter(|_| order.status == OrderStatus::Completed) {
        return review_one(visit, order, product, &return_to);
    }
    let all = Sums::of(&order).refundable().to_string();
    let mut entries = Entries::from_iter([("amount", all.clone()), (SUGGESTED, all)]);
    if order.refunds.is_empty() {
        for item in &order.items {
            entries.set(&returned::field(item.product_id), item.quantity.to_string());
        }
    }
    render(&RefundPage::new(visit, order, Form::new(entries, &return_to)))
}

/// Says what is going to happen if one unit is given back; the form, if that is impossible.
fn review_one(visit: Visit, order: Order, product: ProductId, return_to: &str) -> Answer {
    let entries = Entries::from_iter([(returned::field(product), "1".to_owned())]);
    let entered = Entered {
        amount: None,
        units: Units::one(product),
        reason: String::new(),
        restocks: false,
        step: Step::Review,
    };
    let mut form = Form::new(entries, return_to);
    if let Some(amount) = amount(&mut form, &order, &entered) {
        note_what_is_impossible(&mut form, &order, &entered, amount);
        if form.errors().is_empty() {
            return render(&ReviewPage::new(visit, &order, &entered, amount, form));
        }
    }
    refuse_form(&RefundPage::new(visit, order, form))
}

/// Shows what the refund does, or makes it.
pub(in crate::dashboard) async fn refund_order(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    mut form: Form<Entered>,
) -> Answer {
    let entered = form.take();
    if let Some(entered) = &entered
        && let Some(amount) = entered.amount.filter(|_| entered.step == Step::Confirm && entered.units.is_empty())
    {
        // Callers who may settle payments cannot always see orders.
        return give_back(&app, visit, id, form, entered, amount).await;
    }
    let order = read_order(&app, id).await?;
    let Some(entered) = entered else { return refuse_form(&RefundPage::new(visit, order, form)) };
    if entered.step == Step::Edit {
        return render(&RefundPage::new(visit, order, form));
    }
    let Some(amount) = amount(&mut form, &order, &entered) else {
        return refuse_form(&RefundPage::new(visit, order, form));
    };
    if entered.step == Step::Review {
        note_what_is_impossible(&mut form, &order, &entered, amount);
        if !form.errors().is_empty() {
            return refuse_form(&RefundPage::new(visit, order, form));
        }
        return render(&ReviewPage::new(visit, &order, &entered, amount, form));
    }
    give_back(&app, visit, id, form, &entered, amount).await
}

/// Makes the refund.
async fn give_back(
    app: &App,
    visit: Visit,
    id: OrderId,
    mut form: Form<Entered>,
    entered: &Entered,
    amount: Money,
) -> Answer {
    let (refund, key) = (refund(&entered.reason, Some(amount), entered.restocks)?, form.idempotency_key());
    match app.run(move |db| db.payments().idempotent(key).refund(id, refund)).await {
        Ok(_) => {
            let flash = Flash::Refunded { order: id.get(), amount: amount.minor() };
            return see_other(&form.return_path(&address(id)), Some(flash));
        }
        Err(problem) => form.refuse(problem)?,
    }
    let order = read_order(app, id).await?;
    refuse_form(&RefundPage::new(visit, order, form))
}

/// The entered amount, or else the price of the chosen units. Notes what is wrong with the units.
fn amount(form: &mut Form<Entered>, order: &Order, entered: &Entered) -> Option<Money> {
    match entered.units.cost(order) {
        // All units go back with the shipping and the taxes.
        Ok(_) if entered.units.are_all(order) => Some(entered.amount.unwrap_or(Sums::of(order).refundable())),
        Ok(cost) => Some(entered.amount.unwrap_or(cost)),
        Err(message) => {
            form.note(returned::FIELD, message);
            None
        }
    }
}

/// Notes what the shop would refuse, before the page announces it.
fn note_what_is_impossible(form: &mut Form<Entered>, order: &Order, entered: &Entered, amount: Money) {
    let refundable = Sums::of(order).refundable();
    if amount > refundable && entered.amount.is_some() {
        form.note("amount", format!("must be at most {refundable}, which is left to give back"));
    } else if amount > refundable {
        form.note(returned::FIELD, format!("cost {amount}, but {refundable} is left to give back"));
    }
    if entered.restocks && is_restocked(order) {
        form.note("restock", "is not possible: the units returned to stock with an earlier refund");
    }
}

impl ReviewPage {
    fn new(visit: Visit, order: &Order, entered: &Entered, amount: Money, mut form: Form<Entered>) -> Self {
        if entered.amount.is_none() {
            // Back in the form, the amount is shown and other units can be chosen.
            for name in ["amount", SUGGESTED] {
                form.entries_mut().set(name, amount.to_string());
            }
        }
        Self {
            id: order.id,
            sentences: consequences(order, entered, amount),
            button: format!("Give {} back", money(amount)),
            shell: visit.page(format!("Refund order {}?", order.id), Section::Orders),
            form,
        }
    }
}

/// What the refund does, the most important sentence first.
fn consequences(order: &Order, entered: &Entered, amount: Money) -> Vec<String> {
    let units = if entered.units.is_empty() { String::new() } else { format!(" for {}", entered.units.words(order)) };
    let mut sentences = vec![format!("{} gets {} back{units}.", customer(order), money(amount))];
    let parts = parts(order, amount);
    sentences.extend(parts.iter().map(|(name, part)| format!("{} goes back by {name}.", money(*part))));
    sentences.push(if entered.restocks {
        format!("{} return to stock.", units_of(order))
    } else {
        "The stock stays as it is.".to_owned()
    });
    let kept = Sums::of(order).refundable().checked_sub(amount).unwrap_or_default();
    sentences.push(if kept == Money::ZERO {
        "The order is then refunded in full.".to_owned()
    } else {
        format!("{} of the order stays paid.", money(kept))
    });
    sentences.push("This cannot be undone.".to_owned());
    sentences
}

/// The amount, split over the captured payments in their order, each up to its unrefunded rest.
fn parts(order: &Order, amount: Money) -> Vec<(String, Money)> {
    let mut wanted = amount;
    let mut parts = Vec::new();
    for payment in order.payments.iter().filter(|payment| is_captured(payment)) {
        let part = left(order, payment).min(wanted);
        if part > Money::ZERO {
            parts.push((format!("{} (payment {})", method(payment.method), payment.id), part));
            wanted = wanted.checked_sub(part).unwrap_or_default();
        }
    }
    parts
}
