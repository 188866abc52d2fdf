//! Every page of the dashboard: method, path, what it requires of its caller, and handler.

use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use ecomdb::Scope::*;

use super::{assets, overview, shell, sign_in};
use crate::auth::Needs::{self, Caller, Nothing};
use crate::state::Shared;

/// One page, or the destination of a form.
pub(crate) struct PageRoute {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) handler: MethodRouter<Shared>,
}

/// All routes of the dashboard. Whatever a page requires, a customer is refused.
#[rustfmt::skip]
pub(crate) fn all() -> Vec<PageRoute> {
    vec![
        // The shell
        page("/assets/{file}", Nothing, get(assets::show_asset)),
        form("/theme", Nothing, post(shell::set_theme)),
        page("/login", Nothing, get(sign_in::show_form)),
        form("/login", Nothing, post(sign_in::log_in)),
        form("/logout", Caller, post(sign_in::log_out)),
        // Overview
        page("/", ReportsRead, get(overview::show_overview)),
    ]
}

fn page(path: &'static str, needs: impl Into<Needs>, handler: MethodRouter<Shared>) -> PageRoute {
    PageRoute { method: Method::GET, path, needs: needs.into(), handler }
}

fn form(path: &'static str, needs: impl Into<Needs>, handler: MethodRouter<Shared>) -> PageRoute {
    PageRoute { method: Method::POST, path, needs: needs.into(), handler }
}
