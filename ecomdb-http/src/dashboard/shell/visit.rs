//! A request for a page: its caller, its address, and the look of the page.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::{Caller, Role, Scope, TimeZone};

use super::flash::Flash;
use super::navigation::{Section, links};
use super::page::Shell;
use super::theme::Theme;
use crate::problem::Problem;
use crate::state::{App, Shared};

/// Sent by the script that refreshes regions of a page.
const REFRESH: &str = "x-ecomdb-refresh";
/// The path at which pages listen for changes, without a user's action.
const LIVE: &str = "/live";

/// The data of a request that a page needs. Extractor for the handlers of pages.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// `None` on a page without authentication.
    caller: Option<Arc<Caller>>,
    /// Name of the user; `None` without authentication.
    user: Option<String>,
    authenticates: bool,
    address: String,
    theme: Theme,
    flash: Option<Flash>,
    /// Whether a script made the request, without a user's action.
    is_in_background: bool,
    started: Instant,
    now: DateTime<Utc>,
    shop: Shop,
}

/// Settings of the shop that every page shows.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) name: String,
    /// Time zone of all times and days.
    pub(crate) zone: TimeZone,
    /// Currency of all amounts, such as EUR; `None` if it is not set.
    pub(crate) currency: Option<String>,
}

impl Default for Shop {
    fn default() -> Self {
        Self { name: "ecomdb".to_owned(), zone: TimeZone::UTC, currency: None }
    }
}

impl Shop {
    /// The title of a column of amounts: `Price, EUR`.
    pub(crate) fn amounts(&self, title: &str) -> String {
        self.currency.as_ref().map_or_else(|| title.to_owned(), |currency| format!("{title}, {currency}"))
    }
}

impl Visit {
    /// A visit without a caller.
    pub(super) fn new(app: &App, uri: &Uri, headers: &HeaderMap) -> Self {
        let is_in_background = headers.contains_key(REFRESH) || uri.path() == LIVE;
        Self {
            caller: None,
            user: None,
            authenticates: app.authenticates(),
            address: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            theme: Theme::of(headers),
            flash: Flash::of(headers).filter(|_| !is_in_background),
            is_in_background,
            started: Instant::now(),
            now: Utc::now(),
            shop: Shop::default(),
        }
    }

    /// The same visit with its caller.
    pub(super) fn by(self, caller: Arc<Caller>) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// Reads the data of the user and the shop that all pages show.
    pub(super) async fn read(&mut self, app: &App) -> Result<(), Problem> {
        let read = app.run(|db| {
            db.run(|shop| {
                let user = shop.caller().user().map(|_| shop.accounts().me()).transpose()?;
                match shop.shop().get() {
                    // An API key without the scope gets the default settings.
                    Err(error) if error.is_forbidden() => Ok((user, None)),
                    settings => settings.map(|settings| (user, Some(settings))),
                }
            })
        });
        let (user, settings) = read.await?;
        self.user = user.map(|user| format!("{} {}", user.first_name, user.last_name));
        if let Some(settings) = settings {
            let currency = Some(settings.currency.code().to_owned());
            self.shop = Shop { name: settings.name, zone: settings.time_zone, currency };
        }
        Ok(())
    }

    /// The values of the layout for a page.
    pub(crate) fn page(self, title: impl Into<String>, section: Section) -> Shell {
        self.shell(title.into(), Some(section))
    }

    /// The values of the layout for a page outside of the sections.
    pub(crate) fn aside(self, title: impl Into<String>) -> Shell {
        self.shell(title.into(), None)
    }

    fn shell(self, title: String, section: Option<Section>) -> Shell {
        let links = if self.is_staff() { links(|scope| self.can(scope)) } else { Vec::new() };
        Shell {
            title,
            section,
            links,
            notice: self.flash.map(Flash::notice),
            shop: self.shop,
            user: self.user,
            authenticates: self.authenticates,
            theme: self.theme,
            search: String::new(),
            address: self.address,
            started: self.started,
        }
    }

    /// The time zone of the shop.
    pub(crate) fn zone(&self) -> TimeZone {
        self.shop.zone
    }

    /// Settings of the shop.
    pub(crate) const fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The time of the request.
    pub(crate) const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The day of the request in the shop's zone.
    pub(crate) fn today(&self) -> NaiveDate {
        self.shop.zone.local(self.now).date()
    }

    /// Whether to show elements that need this scope. The library enforces scopes itself.
    pub(crate) fn can(&self, scope: Scope) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.scopes().contains(&scope))
    }

    /// Whether the caller is staff; customers see no pages.
    pub(super) fn is_staff(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.role() != Role::Customer)
    }

    /// Whether a script made the request, without a user's action.
    pub(super) const fn is_in_background(&self) -> bool {
        self.is_in_background
    }

    /// Whether a message is waiting.
    pub(super) const fn has_flash(&self) -> bool {
        self.flash.is_some()
    }

    /// Whether the server has authentication.
    pub(crate) const fn authenticates(&self) -> bool {
        self.authenticates
    }

    /// Path and query of this page, for the field `return` of forms.
    pub(crate) fn returns(&self) -> &str {
        &self.address
    }
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Problem::internal("a page that is no route of the dashboard"))
    }
}
