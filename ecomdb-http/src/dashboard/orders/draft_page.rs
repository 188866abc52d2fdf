//! The page of a draft: customer, lines with their stock, the results of a search, and the total.

use askama::Template;
use ecomdb::{
    Error, FieldError, Limit, Money, OnBehalf, OrderQuote, PageRequest, Product, ProductFilter, ProductId,
    ProductStatus, Scope, User, UserFilter, UserStatus,
};

use super::draft::{Draft, DraftQuery, Terms};
use super::state::{Adjusted, adjusted, methods};
use crate::dashboard::format::{count, counted, money};
use crate::dashboard::shell::{Form, Section, Shell, Visit};
use crate::problem::Problem;
use crate::state::App;

/// Maximum number of customers or products that a search shows.
const FOUND: i64 = 8;

#[derive(Template)]
#[template(path = "orders/new.html")]
pub(super) struct DraftPage<T> {
    shell: Shell,
    draft: Draft,
    asked: DraftQuery,
    customer: Option<Customer>,
    /// Customers that match the search.
    customers: Vec<Customer>,
    lines: Vec<Line>,
    /// Products that match the search.
    offers: Vec<Offer>,
    /// The price of the lines.
    price: String,
    /// Discount, shipping and taxes; empty until the order can be placed.
    adjustments: Vec<Adjusted>,
    total: String,
    methods: Vec<(&'static str, String)>,
    can_settle: bool,
    can_adjust: bool,
    form: Form<T>,
}

struct Customer {
    name: String,
    email: String,
    is_disabled: bool,
    /// Address of the draft with this customer, or, for the chosen customer, without one.
    address: String,
}

/// A line of the draft.
struct Line {
    id: ProductId,
    /// Id of the input for its units.
    field: String,
    name: String,
    units: i64,
    price: String,
    amount: String,
    stock: String,
    /// Why this line cannot be ordered; empty if it can.
    warning: String,
    without: String,
}

/// A product that can be added.
struct Offer {
    name: String,
    sku: String,
    price: String,
    stock: String,
    with: String,
}

/// The data that the page shows.
struct Reading {
    customer: Option<User>,
    customers: Vec<User>,
    /// The product of each line; `None` if it does not exist.
    products: Vec<Option<Product>>,
    offers: Vec<Product>,
    quote: Quote,
}

/// What the order of a draft would cost.
enum Quote {
    /// The draft is not complete.
    Open,
    Priced(OrderQuote),
    /// Why the order cannot be placed.
    Refused(Vec<FieldError>),
}

impl Quote {
    fn of(shop: OnBehalf<'_>, draft: &Draft) -> ecomdb::Result<Self> {
        let Some(customer) = draft.customer.filter(|_| !draft.items.is_empty()) else { return Ok(Self::Open) };
        let order = match draft.order(customer) {
            Ok(order) => order.build().map_err(Error::from),
            Err(errors) => return Ok(Self::Refused(errors)),
        };
        match order.and_then(|order| shop.orders().quote(order)) {
            Ok(quote) => Ok(Self::Priced(quote)),
            Err(Error::Invalid(invalid)) => Ok(Self::Refused(invalid.fields().to_vec())),
            // The page shows it beside its line, or beside the customer.
            Err(Error::Conflict(_)) => Ok(Self::Refused(Vec::new())),
            Err(error) => Err(error),
        }
    }
}

impl Reading {
    fn of(shop: OnBehalf<'_>, draft: &Draft, asked: &DraftQuery) -> ecomdb::Result<Self> {
        let few = PageRequest::default().limit(Limit::new(FOUND)?);
        let customers = match asked.customer_text.as_str() {
            "" => Vec::new(),
            text => shop.users().list(&UserFilter::default().search(text).page(few.clone()))?.items,
        };
        let offers = match asked.product_text.as_str() {
            "" => Vec::new(),
            text => {
                let filter = ProductFilter::default().search(text).status(ProductStatus::Active).page(few);
                shop.products().list(&filter)?.items
            }
        };
        let customer = draft.customer.map(|id| found(shop.users().get(id))).transpose()?.flatten();
        let products = draft.items.iter().map(|(id, _)| found(shop.products().get(*id)));
        let products = products.collect::<ecomdb::Result<_>>()?;
        Ok(Self { customer, customers, products, offers, quote: Quote::of(shop, draft)? })
    }
}

/// `None` instead of a not-found error.
fn found<T>(outcome: ecomdb::Result<T>) -> ecomdb::Result<Option<T>> {
    match outcome {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl<T> DraftPage<T> {
    /// Reads what the page shows. `form` places the order.
    pub(super) async fn read(
        app: &App,
        visit: Visit,
        draft: Draft,
        asked: DraftQuery,
        mut form: Form<T>,
    ) -> Result<Self, Problem> {
        let (wanted, searched) = (draft.clone(), asked.clone());
        let read = app.run(move |db| db.run(move |shop| Reading::of(shop, &wanted, &searched)));
        let Reading { customer, customers, products, offers, quote } = read.await?;
        let price = price(&draft, &products);
        let (adjustments, total) = match quote {
            Quote::Priced(quote) => (adjusted(&quote.adjustments), Some(quote.total)),
            Quote::Refused(errors) => {
                note_terms(&mut form, &draft, &errors);
                (Vec::new(), price)
            }
            Quote::Open => (Vec::new(), price),
        };
        let shown = |amount: Option<Money>| amount.map_or_else(|| "too much".to_owned(), money);
        let lines = draft.items.iter().zip(products);
        Ok(Self {
            customer: customer.map(|user| Customer::new(&user, draft.for_customer(None))),
            customers: customers.iter().map(|user| Customer::new(user, draft.for_customer(Some(user.id)))).collect(),
            lines: lines.map(|((id, units), product)| Line::new(&draft, *id, *units, product.as_ref())).collect(),
            offers: offers.iter().map(|product| Offer::new(product, &draft)).collect(),
            price: shown(price),
            adjustments,
            total: shown(total),
            methods: methods(),
            can_settle: visit.can(Scope::PaymentsSettle),
            can_adjust: visit.can(Scope::OrdersAdjust),
            shell: visit.page("New order", Section::Orders),
            draft,
            asked,
            form,
        })
    }
}

/// Notes what is wrong with the terms, unless it was noted when the form was sent. The rest is said elsewhere on the page.
fn note_terms<T>(form: &mut Form<T>, draft: &Draft, errors: &[FieldError]) {
    for error in errors {
        let field = draft.field(&error.field);
        if Terms::NAMES.contains(&field.as_str()) && form.error(&field).is_none() {
            form.note(&field, error.message.as_str());
        }
    }
}

/// The sum of the lines at the present prices; `None` if it is too large.
fn price(draft: &Draft, products: &[Option<Product>]) -> Option<Money> {
    let amount = |((_, units), product): (&(ProductId, i64), &Option<Product>)| {
        product.as_ref().map_or(Some(Money::ZERO), |product| product.price.checked_mul(*units))
    };
    draft.items.iter().zip(products).map(amount).sum()
}

impl Customer {
    fn new(user: &User, draft: Draft) -> Self {
        Self {
            name: format!("{} {}", user.first_name, user.last_name),
            email: user.email.clone(),
            is_disabled: user.status == UserStatus::Disabled,
            address: draft.address(),
        }
    }
}

impl Line {
    fn new(draft: &Draft, id: ProductId, units: i64, product: Option<&Product>) -> Self {
        let amount = product.and_then(|product| product.price.checked_mul(units));
        Self {
            id,
            field: format!("units-{id}"),
            name: product.map_or_else(|| format!("Product {id}"), |product| product.name.clone()),
            units,
            price: product.map(|product| money(product.price)).unwrap_or_default(),
            amount: amount.map(money).unwrap_or_default(),
            stock: product.map(stock).unwrap_or_default(),
            warning: warning(units, product),
            without: draft.without(id).address(),
        }
    }
}

/// Why a line cannot be ordered; empty if it can.
fn warning(units: i64, product: Option<&Product>) -> String {
    let Some(product) = product else { return "There is no such product.".to_owned() };
    if product.status == ProductStatus::Archived {
        return "It is archived and cannot be ordered.".to_owned();
    }
    match product.stock {
        Some(stock) if stock < units => format!("Only {} in stock.", counted(stock, "unit is", "units are")),
        None if !product.in_stock => "It is out of stock.".to_owned(),
        _ => String::new(),
    }
}

/// The stock of a product in words.
fn stock(product: &Product) -> String {
    match product.stock {
        Some(stock) => count(stock),
        None if product.in_stock => "yes".to_owned(),
        None => "no".to_owned(),
    }
}

impl Offer {
    fn new(product: &Product, draft: &Draft) -> Self {
        Self {
            name: product.name.clone(),
            sku: product.sku.clone(),
            price: money(product.price),
            stock: stock(product),
            with: draft.with(product.id).address(),
        }
    }
}
