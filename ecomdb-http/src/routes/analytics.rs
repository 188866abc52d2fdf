//! `/api/analytics/{name}`: every report of the library.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::Uri;
use axum::routing::get;
use ecomdb::Report;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths};
use utoipa::openapi::response::ResponseBuilder;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::extract::{parameters, question};
use crate::problem::Problem;
use crate::respond::{Answer, ok};
use crate::state::{App, Shared};

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
