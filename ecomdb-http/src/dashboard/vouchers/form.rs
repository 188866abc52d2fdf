//! The forms to create and to change a voucher. Its window is entered as days in the shop's time zone; the last day is
//! included.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use ecomdb::{Money, NewVoucher, TimeZone, Voucher, VoucherId, VoucherKind, VoucherPatch, quoted};

use super::labels::last_day;
use crate::dashboard::shell::{
    Difference, Edits, Entries, Fields, Flash, Form, FromEntries, Section, Shell, Values, Visit, complete, editing,
    refuse_form, render, see_other,
};
use crate::extract::{FromText, Id, NoQuery};
use crate::problem::kinds;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "vouchers/form.html")]
struct VoucherForm<T> {
    shell: Shell,
    form: Form<T>,
    /// The voucher to change; `None` for a new one.
    voucher: Option<Voucher>,
    kinds: Vec<(&'static str, &'static str)>,
    differences: Vec<Difference>,
}

impl<T> VoucherForm<T> {
    fn new(visit: Visit, form: Form<T>, voucher: Option<Voucher>) -> Self {
        let title =
            voucher.as_ref().map_or_else(|| "New voucher".to_owned(), |voucher| format!("Edit {}", voucher.code));
        Self {
            shell: visit.page(title, Section::Vouchers),
            form,
            voucher,
            kinds: vec![("percent", "Percentage"), ("amount", "Amount")],
            differences: Vec::new(),
        }
    }
}

/// A day, as date inputs send it.
struct Day(NaiveDate);

impl FromText for Day {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("must be a day such as 2026-06-01, not {}", quoted(text)))
    }
}

/// The window of a voucher as its first and last day.
#[derive(Debug, Clone, Copy)]
struct Days {
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
}

impl Days {
    fn start(self, zone: TimeZone) -> Option<DateTime<Utc>> {
        self.first.map(|day| zone.start_of(day))
    }

    fn end(self, zone: TimeZone) -> Option<DateTime<Utc>> {
        self.last.and_then(|day| day.succ_opt()).map(|day| zone.start_of(day))
    }
}

/// The entered voucher.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct Entered {
    kind: VoucherKind,
    code: String,
    value: Money,
    minimum: Money,
    days: Days,
    usage_limit: Option<i64>,
    per_user_limit: Option<i64>,
}

impl Entered {
    fn voucher(&self, zone: TimeZone) -> Result<NewVoucher, ecomdb::Invalid> {
        let voucher = NewVoucher::of(self.kind, self.code.as_str(), self.value).minimum(self.minimum);
        let voucher = voucher.starts_at(self.days.start(zone)).ends_at(self.days.end(zone));
        voucher.usage_limit(self.usage_limit).per_user_limit(self.per_user_limit).build()
    }
}

fn days(fields: &mut Fields<'_>) -> Option<Days> {
    let (first, last) = (fields.optional::<Day>("first_day"), fields.optional::<Day>("last_day"));
    let days = Days { first: first?.map(|day| day.0), last: last?.map(|day| day.0) };
    if days.first.zip(days.last).is_some_and(|(first, last)| first > last) {
        fields.note("last_day", "must not be before the first day");
        return None;
    }
    Some(days)
}

impl FromEntries for Entered {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let (kind, value) = (fields.required::<VoucherKind>("kind"), fields.required::<Money>("value"));
        let minimum = fields.optional::<Money>("minimum");
        let (uses, per_user) = (fields.optional::<i64>("usage_limit"), fields.optional::<i64>("per_user_limit"));
        let (days, code) = (days(fields), fields.text("code").to_owned());
        let entered = Self {
            kind: kind?,
            code,
            value: value?,
            minimum: minimum?.unwrap_or_default(),
            days: days?,
            usage_limit: uses?,
            per_user_limit: per_user?,
        };
        // The window was checked above. Its beginning and end are computed in the time zone of the shop when the form
        // is sent.
        fields.check(entered.voucher(TimeZone::UTC))?;
        Some(entered)
    }
}

/// The form for a new voucher.
pub(in crate::dashboard) async fn new_voucher(visit: Visit, _: NoQuery) -> Answer {
    let mut entries = Entries::default();
    entries.set("kind", "percent");
    render(&VoucherForm::<Entered>::new(visit, Form::new(entries, "/vouchers"), None))
}

/// Creates a voucher.
pub(in crate::dashboard) async fn create_voucher(
    State(app): State<Shared>,
    visit: Visit,
    mut form: Form<Entered>,
) -> Answer {
    if let Some(entered) = form.take() {
        let (voucher, key) = (entered.voucher(visit.zone())?, form.idempotency_key());
        match app.run(move |db| db.vouchers().idempotent(key).create(voucher)).await {
            Ok(voucher) => {
                let id = voucher.id.get();
                return see_other(&format!("/vouchers/{id}"), Some(Flash::VoucherCreated { id }));
            }
            Err(problem) => form.refuse(problem)?,
        }
    }
    refuse_form(&VoucherForm::new(visit, form, None))
}

/// The entered changes to a voucher.
#[derive(Debug, Clone)]
pub(in crate::dashboard) struct VoucherEdit {
    patch: VoucherPatch,
    days: Days,
    edits: Edits,
}

impl FromEntries for VoucherEdit {
    fn from_entries(fields: &mut Fields<'_>) -> Option<Self> {
        let edits = Edits::of(fields.entries());
        let mut patch = VoucherPatch::default();
        if edits.has("code") {
            patch = patch.code(fields.text("code"));
        }
        if edits.has("value") {
            patch.value = fields.required("value");
        }
        if edits.has("minimum") {
            patch.minimum = fields.optional::<Money>("minimum").map(Option::unwrap_or_default);
        }
        if edits.has("usage_limit") {
            patch.usage_limit = fields.optional("usage_limit");
        }
        if edits.has("per_user_limit") {
            patch.per_user_limit = fields.optional("per_user_limit");
        }
        let days = days(fields)?;
        Some(Self { patch, days, edits })
    }
}

impl VoucherEdit {
    /// The patch, with only the days that were changed.
    fn patch(&self, zone: TimeZone) -> VoucherPatch {
        let mut patch = self.patch.clone();
        if self.edits.has("first_day") {
            patch.starts_at = Some(self.days.start(zone));
        }
        if self.edits.has("last_day") {
            patch.ends_at = Some(self.days.end(zone));
        }
        patch
    }
}

/// The fields of the form.
fn values(voucher: &Voucher, zone: TimeZone) -> Values {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        ("code", voucher.code.clone()),
        ("value", voucher.value.to_string()),
        ("minimum", voucher.minimum.to_string()),
        ("first_day", day(voucher.starts_at.map(|start| zone.local(start).date()))),
        ("last_day", day(voucher.ends_at.map(|end| last_day(end, zone)))),
        ("usage_limit", number(voucher.usage_limit)),
        ("per_user_limit", number(voucher.per_user_limit)),
    ]
}

/// The form to change a voucher.
pub(in crate::dashboard) async fn edit_voucher(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<VoucherId>,
    _: NoQuery,
) -> Answer {
    let voucher = app.run(move |db| db.vouchers().get(id)).await?;
    let form = Form::<VoucherEdit>::new(editing(&values(&voucher, visit.zone())), &format!("/vouchers/{id}"));
    render(&VoucherForm::new(visit, form, Some(voucher)))
}

/// Changes a voucher.
pub(in crate::dashboard) async fn update_voucher(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<VoucherId>,
    mut form: Form<VoucherEdit>,
) -> Answer {
    let (mut conflict, zone) = (None, visit.zone());
    if let Some(edit) = form.take() {
        let (patch, expected) = (edit.patch(zone), edit.edits.clone());
        let is_expected = move |now: &Voucher| expected.fit(&values(now, zone));
        match app.run(move |db| db.vouchers().update_if(id, patch, is_expected)).await {
            Ok(_) => {
                let flash = Flash::VoucherChanged { id: id.get() };
                return see_other(
                    &form.return_path(&format!("/vouchers/{id}")),
                    Some(flash).filter(|_| !edit.edits.is_empty()),
                );
            }
            Err(problem) if problem.is(&kinds::CHANGED) => conflict = Some(edit.edits),
            Err(problem) => form.refuse(problem)?,
        }
    }
    let voucher = app.run(move |db| db.vouchers().get(id)).await?;
    let now = values(&voucher, zone);
    complete(form.entries_mut(), &now);
    let mut differences = Vec::new();
    if let Some(edits) = conflict {
        differences = edits.differences(&now);
        form.note("", "Someone else has changed the voucher while you were editing it: nothing was saved");
        edits.rebase(form.entries_mut(), &now);
    }
    refuse_form(&VoucherForm { differences, ..VoucherForm::new(visit, form, Some(voucher)) })
}
