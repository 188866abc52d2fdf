//! The version of the server, and the check of the shop.

use askama::Template;
use axum::extract::State;
use ecomdb::{CheckResult, Finding, Scope};

use super::tabs::{Tab, tabs};
use crate::checks::Check;
use crate::dashboard::list::Choice;
use crate::dashboard::shell::{Form, Section, Shell, Visit, render, see_other};
use crate::extract::NoQuery;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "settings/about.html")]
struct AboutPage {
    shell: Shell,
    tabs: Vec<Choice>,
    version: &'static str,
    engine: &'static str,
    is_read_only: bool,
    check: Option<Check>,
    can_check: bool,
}

impl AboutPage {
    fn is_checking(&self) -> bool {
        self.check.as_ref().is_some_and(Check::goes_on)
    }

    /// The number of violated rules.
    fn broken(check: &Check) -> usize {
        check.results.iter().filter(|result| Self::is_broken(result)).count()
    }

    fn is_broken(result: &CheckResult) -> bool {
        !result.findings.is_empty()
    }

    /// The page of a finding's row, if it has one.
    fn page_of(finding: &Finding) -> Option<String> {
        let path = match finding.entity {
            "order" => "/orders",
            "product" => "/products",
            _ => return None,
        };
        (finding.id > 0).then(|| format!("{path}/{}", finding.id))
    }
}

/// The version, the engine, and the running or the last check.
pub(in crate::dashboard) async fn show_about(State(app): State<Shared>, visit: Visit, _: NoQuery) -> Answer {
    render(&AboutPage {
        tabs: tabs(&visit, Tab::About),
        version: env!("CARGO_PKG_VERSION"),
        engine: app.engine().as_str(),
        is_read_only: app.is_read_only(),
        check: app.latest_check(),
        can_check: visit.can(Scope::ShopManage),
        shell: visit.page("About", Section::Settings),
    })
}

/// Starts a check of the shop, unless one is running.
pub(in crate::dashboard) async fn check_shop(State(app): State<Shared>, _: Form<()>) -> Answer {
    app.check().await?;
    see_other("/settings/about#check", None)
}
