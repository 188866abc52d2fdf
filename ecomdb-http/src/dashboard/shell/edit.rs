//! Edits: forms that carry the original values of their fields, so that changes by others are not overwritten unseen.
//! Only fields that were changed in the form are saved.

use super::entries::Entries;

/// Prefix of the names of the hidden fields with the original values.
const ORIGINAL: &str = "was-";

/// The fields of a record as text, as its form shows them.
pub(crate) type Values = Vec<(&'static str, String)>;

/// The fields that were changed in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edits(Vec<Edit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    field: String,
    was: String,
    yours: String,
}

/// A field that was changed both in the form and by someone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) field: &'static str,
    pub(crate) was: String,
    pub(crate) now: String,
    pub(crate) yours: String,
}

impl Edits {
    /// The fields of a sent form that differ from their original values.
    pub(crate) fn of(entries: &Entries) -> Self {
        let edit = |(name, was): (&str, &str)| {
            let field = name.strip_prefix(ORIGINAL).filter(|field| entries.has(field))?;
            let (was, yours) = (normal(was), normal(entries.value(field)));
            (was != yours).then(|| Edit { field: field.to_owned(), was, yours })
        };
        Self(entries.pairs().filter_map(edit).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this field was changed.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|edit| edit.field == field)
    }

    /// The original value of a field, if it is the only one that was changed.
    pub(crate) fn only(&self, field: &str) -> Option<&str> {
        match &self.0[..] {
            [edit] if edit.field == field => Some(&edit.was),
            _ => None,
        }
    }

    /// Whether no changed field was also changed by someone else to another value.
    pub(crate) fn fit(&self, now: &Values) -> bool {
        self.differences(now).is_empty()
    }

    /// The changed fields that were also changed by someone else to another value.
    pub(crate) fn differences(&self, now: &Values) -> Vec<Difference> {
        let difference = |(field, now): &(&'static str, String)| {
            let edit = self.0.iter().find(|edit| edit.field == *field)?;
            let now = normal(now);
            let is_conflict = now != edit.was && now != edit.yours;
            is_conflict.then(|| Difference { field, was: edit.was.clone(), now, yours: edit.yours.clone() })
        };
        now.iter().filter_map(difference).collect()
    }

    /// Makes the current values the originals of a form, so that sending it again overwrites the changes by others.
    /// Fields that were not changed in the form show the current values.
    pub(crate) fn rebase(&self, entries: &mut Entries, now: &Values) {
        for (field, value) in now {
            let original = format!("{ORIGINAL}{field}");
            if !entries.has(&original) {
                continue;
            }
            entries.set(&original, value.as_str());
            if !self.has(field) {
                entries.set(field, value.as_str());
            }
        }
    }
}

/// Adds the fields that the form was sent without, so that all of it can be shown.
pub(crate) fn complete(entries: &mut Entries, now: &Values) {
    for (field, value) in now.iter().filter(|(field, _)| !entries.has(field)).collect::<Vec<_>>() {
        entries.set(field, value.as_str());
        entries.set(&format!("{ORIGINAL}{field}"), value.as_str());
    }
}

/// The entries of a form to change a record: its values, and the same as originals.
pub(crate) fn editing(values: &Values) -> Entries {
    let fields = values.iter().map(|(field, value)| ((*field).to_owned(), value.clone()));
    let originals = values.iter().map(|(field, value)| (format!("{ORIGINAL}{field}"), value.clone()));
    fields.chain(originals).collect()
}

/// Names and values of the hidden fields with the original values.
pub(super) fn originals(entries: &Entries) -> impl Iterator<Item = (&str, &str)> {
    entries.pairs().filter(|(name, _)| name.starts_with(ORIGINAL))
}

/// The text as the shop stores it: browsers send CRLF for each line break.
fn normal(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str, price: &str, description: &str) -> Values {
        [("name", name), ("price", price), ("description", description)]
            .map(|(field, value)| (field, value.to_owned()))
            .into()
    }

    /// The form of a lamp in which the price was changed.
    fn dearer() -> Entries {
        let mut entries = editing(&values("Lamp", "29.99", "For desks\nand floors"));
        entries.set("price", "35.00");
        entries.set("description", "For desks\r\nand floors");
        entries
    }

    #[test]
    fn what_was_not_changed_in_the_form_is_no_edit() {
        let edits = Edits::of(&dearer());
        assert_eq!(edits.only("price"), Some("29.99"));
        assert!(edits.has("price") && !edits.has("description"));
        assert!(Edits::of(&editing(&values("Lamp", "29.99", ""))).is_empty());
        let without_originals = [("price", "35.00")].into_iter().collect();
        assert!(Edits::of(&without_originals).is_empty());
    }

    #[test]
    fn an_edit_conflicts_only_with_another_one_of_the_same_field() {
        let edits = Edits::of(&dearer());
        assert!(edits.fit(&values("Renamed", "29.99", "")));
        assert!(edits.fit(&values("Lamp", "35.00", "")), "the same edit twice");
        let conflict =
            Difference { field: "price", was: "29.99".to_owned(), now: "31.00".to_owned(), yours: "35.00".to_owned() };
        assert_eq!(edits.differences(&values("Lamp", "31.00", "")), [conflict]);
    }

    #[test]
    fn a_form_of_one_field_is_completed() {
        let mut entries: Entries = [("price", "29.99"), ("was-price", "35.00")].into_iter().collect();
        complete(&mut entries, &values("Lamp", "31.00", ""));
        assert_eq!((entries.value("name"), entries.value("price")), ("Lamp", "29.99"));
        assert_eq!(Edits::of(&entries).only("price"), Some("35.00"));
    }

    #[test]
    fn after_a_conflict_the_form_has_the_new_originals_and_the_own_changes() {
        let mut entries = dearer();
        let now = values("Renamed", "31.00", "");
        Edits::of(&entries).rebase(&mut entries, &now);
        assert_eq!((entries.value("price"), entries.value("was-price")), ("35.00", "31.00"));
        assert_eq!((entries.value("name"), entries.value("was-name")), ("Renamed", "Renamed"));
        let edits = Edits::of(&entries);
        assert_eq!(edits.only("price"), Some("31.00"));
        assert!(edits.fit(&now));
    }
}
