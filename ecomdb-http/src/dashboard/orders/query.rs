//! The filters of the list of orders, from the query of its address.

use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::{Cursor, Money, OrderFilter, OrderSort, OrderStatus, PageRequest, PaymentState, TimeZone, UserId, quoted};
use serde::Deserialize;

use crate::dashboard::format::money;
use crate::dashboard::list::{Address, Choice};
use crate::dashboard::period::{Chosen, PeriodQuery, Preset};
use crate::extract::{FromText, entered, page, text};
use crate::problem::Problem;

/// A tab of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tab {
    word: &'static str,
    label: &'static str,
    status: Option<OrderStatus>,
    payment_state: Option<PaymentState>,
}

impl Tab {
    const fn of_status(word: &'static str, label: &'static str, status: OrderStatus) -> Self {
        Self { word, label, status: Some(status), payment_state: None }
    }

    /// Orders that are not paid in full.
    const fn of_pending(word: &'static str, label: &'static str, state: PaymentState) -> Self {
        Self { word, label, status: Some(OrderStatus::Pending), payment_state: Some(state) }
    }
}

/// The first tab is shown by default.
static TABS: [Tab; 6] = [
    Tab { word: "all", label: "All", status: None, payment_state: None },
    Tab::of_pending("unpaid", "Unpaid", PaymentState::Unpaid),
    Tab::of_pending("part-paid", "Part-paid", PaymentState::PartPaid),
    Tab::of_status("completed", "Completed", OrderStatus::Completed),
    Tab::of_status("refunded", "Refunded", OrderStatus::Refunded),
    Tab::of_status("cancelled", "Cancelled", OrderStatus::Cancelled),
];

impl FromText for &'static Tab {
    fn from_text(text: &str) -> Result<Self, String> {
        TABS.iter().find(|tab| tab.word == text).ok_or_else(|| {
            let words: Vec<_> = TABS.iter().map(|tab| tab.word).collect();
            format!("must be one of {}, not {}", words.join(", "), quoted(text))
        })
    }
}

/// The parameters of the list. The page of an order has them, too, for its link back to the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct OrdersQuery {
    #[serde(deserialize_with = "text")]
    tab: Option<&'static Tab>,
    #[serde(deserialize_with = "entered")]
    pub(super) customer: Option<UserId>,
    #[serde(deserialize_with = "entered")]
    period: Option<Preset>,
    #[serde(deserialize_with = "entered")]
    from: Option<NaiveDate>,
    #[serde(deserialize_with = "entered")]
    to: Option<NaiveDate>,
    #[serde(deserialize_with = "entered")]
    pub(super) min_total: Option<Money>,
    #[serde(deserialize_with = "entered")]
    pub(super) max_total: Option<Money>,
    #[serde(deserialize_with = "text")]
    sort: Option<OrderSort>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

impl OrdersQuery {
    fn tab(&self) -> &'static Tab {
        self.tab.unwrap_or(&TABS[0])
    }

    pub(super) fn sort(&self) -> OrderSort {
        self.sort.unwrap_or_default()
    }

    pub(super) fn page(&self) -> Result<PageRequest, Problem> {
        page(None, self.cursor.clone(), self.before.clone())
    }

    /// The period of the shown orders; all time by default.
    pub(super) fn days(&self, zone: TimeZone, now: DateTime<Utc>) -> Result<Chosen, Problem> {
        let query = PeriodQuery { period: self.period, from: self.from, to: self.to, compare: None };
        Chosen::new(query, Preset::All, zone, now).map_err(|invalid| Problem::from(invalid).of_query())
    }

    /// The filter, for any page.
    pub(super) fn filter(&self, zone: TimeZone, now: DateTime<Utc>) -> Result<OrderFilter, Problem> {
        let days = self.days(zone, now)?;
        let period = days.period().map_err(|invalid| Problem::from(invalid).of_query())?;
        let mut filter = OrderFilter::default().sort(self.sort()).period(period);
        (filter.user_id, filter.status) = (self.customer, self.tab().status);
        filter.payment_state = self.tab().payment_state;
        (filter.min_total, filter.max_total) = (self.min_total, self.max_total);
        Ok(filter)
    }

    /// The address of the first page of the list, or the same query at another path.
    fn address_at(&self, path: &str) -> Address {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let parameters = [
            ("tab", self.tab.filter(|tab| *tab != &TABS[0]).map(|tab| tab.word.to_owned())),
            ("customer", self.customer.map(|id| id.to_string())),
            ("period", self.period.map(|preset| preset.word().to_owned())),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("min_total", self.min_total.map(|total| total.to_string())),
            ("max_total", self.max_total.map(|total| total.to_string())),
            ("sort", self.sort.filter(|sort| *sort != OrderSort::default()).map(|sort| sort.to_string())),
        ];
        Address::new(path, parameters)
    }

    pub(super) fn address(&self) -> Address {
        self.address_at("/orders")
    }

    /// The address of the same page of the list, or the same query at another path.
    pub(super) fn href_at(&self, path: &str) -> String {
        let position = |cursor: &Option<Cursor>| cursor.as_ref().map(Cursor::to_string).unwrap_or_default();
        let (cursor, before) = (position(&self.cursor), position(&self.before));
        self.address_at(path).with([("cursor", cursor.as_str()), ("before", before.as_str())])
    }

    pub(super) fn tabs(&self) -> Vec<Choice> {
        let address = self.address();
        let tab = |tab: &'static Tab| Choice {
            label: tab.label.to_owned(),
            value: address.with([("tab", if tab == &TABS[0] { "" } else { tab.word })]),
            is_current: self.tab() == tab,
        };
        TABS.iter().map(tab).collect()
    }
}

impl OrdersQuery {
    /// The filters in words; none if all orders of the tab are shown.
    pub(super) fn words(&self, days: &Chosen) -> Vec<String> {
        let customer = self.customer.map(|customer| format!("of customer {customer}"));
        let period = (days.preset() != Some(Preset::All)).then(|| format!("placed {}", days.span().label()));
        let least = self.min_total.map(|total| format!("of at least {}", money(total)));
        let most = self.max_total.map(|total| format!("of at most {}", money(total)));
        customer.into_iter().chain(period).chain(least).chain(most).collect()
    }

    /// Whether this is the first page of the default tab. Without filters, it is empty only if the shop has no orders.
    pub(super) fn is_usual(&self) -> bool {
        self.tab() == &TABS[0] && self.cursor.is_none() && self.before.is_none()
    }
}
