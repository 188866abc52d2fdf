//! `/api/analytics/{name}`: every report of the library, and the list of customers with what they have bought.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::Uri;
use axum::routing::get;
use ecomdb::{CustomerFilter, CustomerSort, CustomerSummary, OnBehalf, Report, UserStatus};
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths};
use utoipa::openapi::response::ResponseBuilder;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::extract::{Query, list_query, parameters, question, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, list, ok};
use crate::state::{App, Shared};

list_query! {
    pub(crate) CustomerQuery {
        /// Only customers with all of these words in first name, last name or e-mail address; see the section on search.
        #[param(value_type = fields::SearchText, inline, example = "ada")]
        #[serde(deserialize_with = "text")]
        search: Option<String>,
        /// Only customers in this state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        status: Option<UserStatus>,
        /// Only customers with a completed order, or only those without.
        #[serde(deserialize_with = "text")]
        has_ordered: Option<bool>,
        /// Sort column; a leading minus sign means descending.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        sort: Option<CustomerSort>,
    }
}

/// List customers with what they have bought
///
/// Users with the role customer, and others with a completed order. Sorted by descending spending, unless `sort` is given.
#[utoipa::path(
    get, path = "", tag = "analytics", params(CustomerQuery),
    responses((status = 200, description = "A page of customers.", body = Vec<CustomerSummary>))
)]
pub(crate) async fn list_customers(State(app): State<Shared>, uri: Uri, Query(query): Query<CustomerQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let CustomerQuery { search, status, has_ordered, sort, .. } = query;
    let mut filter = CustomerFilter::default().page(page).sort(sort.unwrap_or_default());
    (filter.status, filter.has_ordered, filter.search) = (status, has_ordered, search);
    let page = |shop: OnBehalf<'_>, filter: &_| shop.analytics().customers(filter).map(|found| found.page);
    let count = |shop: OnBehalf<'_>, filter: &_| shop.analytics().customers(filter).map(|found| found.count);
    list(&app, &uri, filter, counts, page, count).await
}

/// The path of a report.
pub(crate) fn path(report: Report) -> &'static str {
    static PATHS: LazyLock<Vec<String>> =
        LazyLock::new(|| Report::ALL.iter().map(|report| format!("/api/analytics/{report}")).collect());
    &PATHS[report as usize]
}

/// The handler of a report, with its description.
pub(crate) fn operation(report: Report) -> UtoipaMethodRouter<Shared> {
    let (body, schemas) = report.schema();
    let answer =
        ResponseBuilder::new().description("The report.").content("application/json", Content::new(Some(body)));
    let operation = OperationBuilder::new()
        .tag("analytics")
        .operation_id(Some(report.as_str().replace('-', "_")))
        .summary(Some(report.about()))
        .description(Some(report.metrics().join("\n\n")))
        .parameters(Some(parameters(report)))
        .response("200", answer);
    let mut paths = Paths::new();
    paths.paths.insert(path(report).to_owned(), PathItem::new(HttpMethod::Get, operation));
    (schemas, paths, get(async move |State(app): State<Shared>, uri: Uri| show(&app, report, &uri).await))
}

async fn show(app: &App, report: Report, uri: &Uri) -> Answer {
    let question = question(report, uri.query().unwrap_or_default())?;
    ok(app.run(move |db| db.analytics().rows(report, &question)).await.map_err(Problem::of_query)?)
}
