//! The parameters of a report page.

use chrono::NaiveDate;
use ecomdb::{Granularity, Invalid, Limit, Period, ProductId, Question, Report, RfmSegment, TimeZone, Trend, UserId};
use serde::Deserialize;

use super::table::words;
use crate::dashboard::format::count;
use crate::dashboard::list::Choice;
use crate::dashboard::period::{Chooser, Chosen, PeriodQuery, Preset};
use crate::dashboard::shell::{Visit, with_query};
use crate::dashboard::so_far::SoFar;
use crate::extract::{entered, refusal, text};
use crate::problem::Problem;

/// The parameters of all reports, each as in the REST API, except that days are chosen as everywhere in the dashboard.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct ReportQuery {
    #[serde(deserialize_with = "text")]
    period: Option<Preset>,
    #[serde(deserialize_with = "entered")]
    from: Option<NaiveDate>,
    #[serde(deserialize_with = "entered")]
    to: Option<NaiveDate>,
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    segment: Option<RfmSegment>,
    #[serde(deserialize_with = "text")]
    granularity: Option<Granularity>,
    #[serde(deserialize_with = "entered")]
    product_id: Option<ProductId>,
    #[serde(deserialize_with = "entered")]
    user_id: Option<UserId>,
}

/// A report with its parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection {
    pub(super) report: Report,
    pub(super) days: SoFar,
    /// The shop's zone.
    pub(super) zone: TimeZone,
    pub(super) limit: Limit,
    segment: Option<RfmSegment>,
    granularity: Option<Granularity>,
    product_id: Option<ProductId>,
    user_id: Option<UserId>,
}

/// The product or customer of a report on one.
#[derive(Debug)]
pub(super) struct Subject {
    /// Name of the parameter.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Noun for messages: product or customer.
    pub(super) noun: &'static str,
    /// Empty if none is chosen yet.
    pub(super) id: String,
    /// Address of the page of the product or customer.
    pub(super) href: String,
    /// The other parameters of the form that chooses the product or customer.
    pub(super) others: Vec<(&'static str, String)>,
}

/// Links that choose parameters other than the period.
#[derive(Debug)]
pub(super) struct Choices {
    pub(super) granularities: Vec<Choice>,
    pub(super) segments: Vec<Choice>,
    pub(super) limits: Vec<Choice>,
}

/// Whether the report has months in UTC, whatever the shop's time zone.
fn is_of_utc_months(report: Report) -> bool {
    matches!(report, Report::MonthlyRevenue | Report::NewAndReturningCustomers | Report::Cohorts)
}

/// The default period of a report: all time for months, for customers, and for lists that must be complete.
fn usual(report: Report) -> Preset {
    match report {
        Report::Rfm | Report::RfmCustomers | Report::BoughtTogether | Report::UnpaidOrders => Preset::All,
        _ if is_of_utc_months(report) => Preset::All,
        _ => Preset::ThirtyDays,
    }
}

impl ReportQuery {
    /// The parameters of this report. One that it does not take is refused, because it would have no effect.
    pub(super) fn for_report(self, report: Report, visit: &Visit) -> Result<Selection, Problem> {
        let takes = report.takes();
        let given = [
            ("period", "from", self.period.is_some()),
            ("from", "from", self.from.is_some()),
            ("to", "to", self.to.is_some()),
            ("limit", "limit", self.limit.is_some()),
            ("segment", "segment", self.segment.is_some()),
            ("granularity", "granularity", self.granularity.is_some()),
            ("product_id", "product_id", self.product_id.is_some()),
            ("user_id", "user_id", self.user_id.is_some()),
        ];
        if let Some((name, ..)) = given.iter().find(|(_, name, is_given)| *is_given && !takes.contains(name)) {
            return Err(refusal(*name, format!("is no parameter of {report}")));
        }
        let query = PeriodQuery { period: self.period, from: self.from, to: self.to, compare: None };
        let chosen = Chosen::new(query, usual(report), visit.zone(), visit.now()).map_err(of_query)?;
        let days = SoFar::new(chosen, visit.zone(), visit.now());
        Ok(Selection {
            report,
            // Months in UTC need days in UTC; otherwise the first and the last month would be incomplete.
            days: if is_of_utc_months(report) { days.in_utc() } else { days },
            zone: visit.zone(),
            limit: self.limit.unwrap_or_default(),
            segment: self.segment,
            granularity: self.granularity,
            product_id: self.product_id,
            user_id: self.user_id,
        })
    }
}

impl Selection {
    /// The question, with at most as many rows as the page shows.
    pub(super) fn question(&self) -> Result<Question, Problem> {
        Ok(Question { limit: Some(self.limit), ..self.question_of_all()? })
    }

    /// The question without a limit.
    pub(super) fn question_of_all(&self) -> Result<Question, Problem> {
        let period = if self.takes("from") { self.days.period().map_err(of_query)? } else { Period::ALL };
        let trend = Trend {
            compare_previous: period.from().is_some(),
            period,
            granularity: self.granularity(),
            time_zone: self.zone,
        };
        let Self { segment, product_id, user_id, .. } = *self;
        Ok(Question { trend, limit: None, segment, product_id, user_id })
    }

    pub(super) fn granularity(&self) -> Granularity {
        self.granularity.unwrap_or_else(|| self.days.granularity())
    }

    fn takes(&self, parameter: &str) -> bool {
        self.report.takes().contains(&parameter)
    }

    /// The address of this report, with its parameters.
    pub(super) fn address(&self, path: &str) -> String {
        let days = if self.takes("from") { self.days.chosen().parameters() } else { Vec::new() };
        address(path, days.into_iter().chain(self.others()))
    }

    /// The address of this report with fixed days, which shows the same tomorrow.
    pub(super) fn permalink(&self) -> String {
        let span = self.days.span();
        if span.first.is_none() && span.last.is_none() {
            return self.address(&self.path());
        }
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        address(&self.path(), [("from", day(span.first)), ("to", day(span.last))].into_iter().chain(self.others()))
    }

    /// The parameters besides the period.
    fn others(&self) -> [(&'static str, String); 5] {
        let limit = Some(self.limit).filter(|limit| *limit != Limit::default());
        [
            ("product_id", self.product_id.map(|id| id.to_string()).unwrap_or_default()),
            ("user_id", self.user_id.map(|id| id.to_string()).unwrap_or_default()),
            ("limit", limit.map(|limit| limit.get().to_string()).unwrap_or_default()),
            ("segment", self.segment.map(|segment| segment.to_string()).unwrap_or_default()),
            ("granularity", self.granularity.map(|granularity| granularity.to_string()).unwrap_or_default()),
        ]
    }

    /// The product or customer of a report on one.
    pub(super) fn subject(&self) -> Option<Subject> {
        let name = self.report.requires()?;
        let (label, noun, path, id) = match name {
            "product_id" => ("Product number", "product", "/products/", self.product_id.map(|id| id.get())),
            _ => ("Customer number", "customer", "/customers/", self.user_id.map(|id| id.get())),
        };
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let days = if self.takes("from") { self.days.chosen().parameters() } else { Vec::new() };
        let others = days.into_iter().chain(self.others());
        let others = others.filter(|(other, value)| *other != name && !value.is_empty()).collect();
        Some(Subject { name, label, noun, href: format!("{path}{id}"), id, others })
    }

    fn path(&self) -> String {
        format!("/reports/{}", self.report)
    }

    /// The choice of the period. Reports have comparisons of their own.
    pub(super) fn chooser(&self) -> Option<Chooser> {
        let others = self.others();
        let others: Vec<(&str, &str)> = others.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let chooser = || self.days.chosen().chooser(&self.path(), &others);
        self.takes("from").then(|| Chooser { comparisons: Vec::new(), ..chooser() })
    }

    /// Whether no other period would show more.
    pub(super) fn is_of_all_time(&self) -> bool {
        let span = self.days.span();
        !self.takes("from") || (span.first.is_none() && span.last.is_none())
    }

    /// The calendar of days and months.
    pub(super) fn calendar(&self) -> String {
        if is_of_utc_months(self.report) {
            return "Days and calendar months are those of UTC, not of the shop's time zone.".to_owned();
        }
        if self.takes("from") || self.takes("tz") { format!("Days in {}.", self.zone) } else { String::new() }
    }

    /// The name of the CSV file, without its extension.
    pub(super) fn file_name(&self) -> String {
        let span = self.days.span();
        let days = [span.first, span.last].into_iter().flatten().filter(|_| self.takes("from"));
        days.fold(self.report.to_string(), |name, day| format!("{name}-{day}"))
    }

    pub(super) fn choices(&self) -> Choices {
        let address = |asked: Self| asked.address(&asked.path());
        let granularity = |(step, label): (Granularity, &'static str)| Choice {
            label: label.to_owned(),
            value: address(Self { granularity: Some(step), ..*self }),
            is_current: self.granularity() == step,
        };
        let segment = |segment: Option<RfmSegment>| Choice {
            label: segment.map_or_else(|| "All".to_owned(), |segment| words(segment.as_str())),
            value: address(Self { segment, ..*self }),
            is_current: self.segment == segment,
        };
        let limit = |limit: Limit| Choice {
            label: count(limit.get()),
            value: address(Self { limit, ..*self }),
            is_current: self.limit == limit,
        };
        let if_taken = |name, choices: Vec<Choice>| if self.takes(name) { choices } else { Vec::new() };
        let segments = std::iter::once(None).chain(RfmSegment::ALL.iter().copied().map(Some));
        let limits = [10, 50, 200, Limit::MAX].into_iter().filter_map(|rows| Limit::new(rows).ok());
        let steps = [
            (Granularity::Hour, "Hours"),
            (Granularity::Day, "Days"),
            (Granularity::Week, "Weeks"),
            (Granularity::Month, "Months"),
        ];
        Choices {
            granularities: if_taken("granularity", steps.into_iter().map(granularity).collect()),
            segments: if_taken("segment", segments.map(segment).collect()),
            limits: if_taken("limit", limits.map(limit).collect()),
        }
    }
}

fn address(path: &str, parameters: impl Iterator<Item = (&'static str, String)>) -> String {
    let parameters: Vec<_> = parameters.collect();
    with_query(path, parameters.iter().map(|(name, value)| (*name, value.as_str())))
}

fn of_query(invalid: Invalid) -> Problem {
    Problem::from(invalid).of_query()
}
