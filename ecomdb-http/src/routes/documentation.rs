//! `/api/openapi.json`, and `/docs`, where people can read it and try it out.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use ecomdb::quoted;
use utoipa_swagger_ui::Config;

use crate::extract::{NoQuery, Word};
use crate::problem::{Problem, kinds};
use crate::state::Shared;
use crate::{openapi, router};

/// For a server that asks nobody, and for one that asks everybody.
static DOCUMENTS: LazyLock<[String; 2]> =
    LazyLock::new(|| [false, true].map(|asks| openapi::document(router::described(), asks).to_string()));

static PAGE: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let page = Config::from("/api/openapi.json").display_operation_id(true).filter(true);
    // Otherwise the page shows a badge of a validator in the internet.
    Arc::new(page.validator_url("none").try_it_out_enabled(true).default_models_expand_depth(0))
});

/// Everything comes from here. Swagger UI sets styles of its own, and has its icons in them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) async fn show_document(State(app): State<Shared>, _: NoQuery) -> impl IntoResponse {
    let [open, guarded] = &*DOCUMENTS;
    let document = if app.authenticates() { guarded } else { open };
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], document.as_str())
}

/// The page refers to its files by their names alone, so it needs an address of its own level.
pub(crate) async fn show_page() -> Redirect {
    Redirect::permanent("/docs/index.html")
}

pub(crate) async fn show_file(Word(name): Word) -> Result<Response, Problem> {
    match utoipa_swagger_ui::serve(&name, PAGE.clone()) {
        Ok(Some(file)) => {
            let headers = [(CONTENT_TYPE, file.content_type), (CACHE_CONTROL, "no-cache".to_owned())];
            Ok((headers, [(CONTENT_SECURITY_POLICY, POLICY)], file.bytes.into_owned()).into_response())
        }
        Ok(None) => Err(Problem::new(&kinds::NO_ROUTE, format!("the documentation has no file {}", quoted(&name)))),
        Err(error) => Err(Problem::internal(error)),
    }
}
