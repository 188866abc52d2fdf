//! The query parameters of reports.

use ecomdb::{Granularity, Limit, Period, ProductId, Question, Report, RfmSegment, TimeZone, Trend, UserId, quoted};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::query::{FromText, read, refusal, text};
use crate::openapi::fields;
use crate::problem::Problem;

/// The parameters of all reports; each report takes some of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
struct ReportQuery {
    /// Id of the product.
    #[param(value_type = fields::Id, inline, example = 1)]
    #[serde(deserialize_with = "text")]
    product_id: Option<ProductId>,
    /// Id of the customer.
    #[param(value_type = fields::Id, inline, example = 1)]
    #[serde(deserialize_with = "text")]
    user_id: Option<UserId>,
    /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight in `tz`.
    #[param(value_type = fields::Time, inline, example = "2026-01-01")]
    #[serde(deserialize_with = "text")]
    from: Option<String>,
    /// Only orders placed before this time, date, month or year.
    #[param(value_type = fields::Time, inline, example = "2026-03-01")]
    #[serde(deserialize_with = "text")]
    to: Option<String>,
    /// Maximum number of rows.
    #[param(value_type = fields::Rows, inline)]
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    /// Only customers of this segment.
    #[param(value_type = RfmSegment, inline)]
    #[serde(deserialize_with = "text")]
    segment: Option<RfmSegment>,
    /// Length of a step; the default is `day`.
    #[param(value_type = Granularity, inline)]
    #[serde(deserialize_with = "text")]
    granularity: Option<Granularity>,
    /// `previous` adds to each step the values of the step one whole period earlier.
    #[param(value_type = fields::Previous, inline)]
    #[serde(deserialize_with = "text")]
    compare: Option<Previous>,
    /// Time zone in which hours, days, weeks and months begin (IANA name); the default is UTC.
    #[param(value_type = fields::Zone, inline, example = "Europe/Berlin")]
    #[serde(deserialize_with = "text")]
    tz: Option<TimeZone>,
}

/// The parameters of a report, for its description.
pub(crate) fn parameters(report: Report) -> Vec<Parameter> {
    let mut parameters = ReportQuery::into_params(|| Some(ParameterIn::Query));
    parameters.retain(|parameter| report.takes().contains(&parameter.name.as_str()));
    for parameter in parameters.iter_mut().filter(|parameter| report.requires() == Some(parameter.name.as_str())) {
        parameter.required = Required::True;
    }
    if !report.takes().contains(&"tz") {
        for description in parameters.iter_mut().filter_map(|parameter| parameter.description.as_mut()) {
            *description = description.replace("in `tz`", "UTC");
        }
    }
    parameters
}

/// Reads the parameters of a report from the query of a request.
pub(crate) fn question(report: Report, query: &str) -> Result<Question, Problem> {
    let takes = report.takes();
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    if let Some(name) = names.find(|name| !takes.contains(&name.as_ref())) {
        return Err(refusal(name, format!("is unknown; allowed are {}", takes.join(", "))));
    }
    let ReportQuery { product_id, user_id, from, to, limit, segment, granularity, compare, tz } = read(query)?;
    let usual = Trend::default();
    let time_zone = tz.unwrap_or(usual.time_zone);
    let trend = Trend {
        period: period(time_zone, from, to)?,
        granularity: granularity.unwrap_or(usual.granularity),
        time_zone,
        compare_previous: compare.is_some(),
    };
    Ok(Question { trend, limit: Some(limit.unwrap_or_default()), segment, product_id, user_id })
}

/// `previous` is the only comparison.
#[derive(Debug)]
struct Previous;

impl FromText for Previous {
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "previous" { Ok(Self) } else { Err(format!("must be previous, not {}", quoted(text))) }
    }
}

impl FromText for TimeZone {
    fn from_text(text: &str) -> Result<Self, String> {
        // In a query an unescaped plus sign is a space, and Etc/GMT+5 has one.
        let zone = text.replace(' ', "+").parse::<Self>();
        zone.map_err(|invalid| invalid.fields().iter().map(|field| field.message.as_str()).collect())
    }
}

/// The half-open period between two times or dates; a date begins at midnight in the time zone.
pub(crate) fn period(zone: TimeZone, from: Option<String>, to: Option<String>) -> Result<Period, Problem> {
    // In a query an unescaped plus sign is a space, and clients forget to escape the one of an offset.
    let plus = |time: String| if time.contains('T') { time.replace(' ', "+") } else { time };
    let (from, to) = (from.map(plus), to.map(plus));
    Period::parse_in(zone, from.as_deref(), to.as_deref()).map_err(|invalid| Problem::from(invalid).of_query())
}
