//! Options of product groups, and the values of products for them.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromStaticSqlRow, Queryable};
use diesel::sql_types::{Nullable, Text};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::error::{Fields, Invalid};
use crate::types::{quoted, text};

/// Maximum number of options of a group.
pub(super) const MAX_OPTIONS: usize = 5;
/// Maximum length of the name or value of an option in characters.
pub(super) const MAX_OPTION: usize = 60;

/// The values of a product for the options of its group, in the order of the group: `colour` red, `size` L.
///
/// ```
/// use ecomdb::OptionValues;
///
/// let values = OptionValues::from([("colour", "red"), ("size", "L")]);
/// assert_eq!(values.get("size"), Some("L"));
/// assert_eq!(serde_json::to_string(&values)?, r#"{"colour":"red","size":"L"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct OptionValues(Vec<(String, String)>);

impl OptionValues {
    /// The value for the option with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(option, _)| *option == name).map(|(_, value)| value)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are no values, as for a product that is in no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Records values that no option can have, and returns the normalized ones.
    pub(super) fn check(self, fields: &mut Fields) -> Self {
        if self.0.len() > MAX_OPTIONS {
            fields.add("options", format!("must have at most {MAX_OPTIONS} values, not {}", self.0.len()));
            return self;
        }
        let mut checked: Vec<(String, String)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.0 {
            let field = field(&name);
            let name = text::name(&field, &name, MAX_OPTION).unwrap_or(name);
            if checked.iter().any(|(other, _)| *other == name) {
                fields.add(field, "must be given only once");
            } else if let Some(value) = fields.check(text::name(&field, &value, MAX_OPTION)) {
                checked.push((name, value));
            }
        }
        Self(checked)
    }

    /// The values in the order of a group's options. Errors name each missing and each unknown option.
    pub(super) fn ordered_by(&self, options: &[String]) -> Result<Self, Invalid> {
        let mut fields = Fields::default();
        let mut ordered = Vec::with_capacity(options.len());
        for option in options {
            match self.get(option) {
                Some(value) => ordered.push((option.clone(), value.to_owned())),
                None => fields.add(field(option), "must be given: the group has this option"),
            }
        }
        for (name, _) in self.iter().filter(|(name, _)| !options.iter().any(|option| option == name)) {
            fields.add(field(name), format!("is not an option of the group, which has {}", options.join(", ")));
        }
        fields.finish_with(|| Some(Self(ordered)))
    }

    /// The stored form: a JSON array of the values.
    pub(super) fn stored(&self) -> String {
        json(self.iter().map(|(_, value)| value))
    }

    /// The values as a person reads them: `red, L`.
    pub(super) fn shown(&self) -> String {
        let values: Vec<&str> = self.iter().map(|(_, value)| value).collect();
        quoted(&values.join(", ")).to_string()
    }
}

/// Path of an option in errors.
fn field(name: &str) -> String {
    format!("options.{name}")
}

/// Texts as a JSON array, which is how names and values of options are stored.
pub(crate) fn json<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// The texts of a JSON array; none if the database holds something else.
pub(crate) fn texts(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for OptionValues {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<String>, const COUNT: usize> From<[(N, V); COUNT]> for OptionValues {
    fn from(values: [(N, V); COUNT]) -> Self {
        values.into_iter().collect()
    }
}

impl Serialize for OptionValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for OptionValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;

        impl<'de> Visitor<'de> for Values {
            type Value = OptionValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a text for each option")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OptionValues, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = map.next_entry::<String, String>()? {
                    values.push(value);
                }
                Ok(OptionValues(values))
            }
        }

        deserializer.deserialize_map(Values)
    }
}

/// Stored options of the group, and stored values of the product.
pub struct StoredValues(OptionValues);

impl<DB: Backend> Queryable<(Nullable<Text>, Nullable<Text>), DB> for StoredValues
where
    (Option<String>, Option<String>): FromStaticSqlRow<(Nullable<Text>, Nullable<Text>), DB>,
{
    type Row = (Option<String>, Option<String>);

    fn build((options, values): Self::Row) -> deserialize::Result<Self> {
        let (Some(options), Some(values)) = (options, values) else { return Ok(Self(OptionValues::default())) };
        Ok(Self(texts(&options).into_iter().zip(texts(&values)).collect()))
    }
}

impl From<StoredValues> for OptionValues {
    fn from(StoredValues(values): StoredValues) -> Self {
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ordered_by_the_group_and_each_wrong_option_is_named() {
        let options = ["colour".to_owned(), "size".to_owned()];
        let values = OptionValues::from([("size", "L"), ("colour", "red \"x\"")]);
        let ordered = values.ordered_by(&options).unwrap();
        assert_eq!(ordered.stored(), r#"["red \"x\"","L"]"#);
        assert_eq!(texts(&ordered.stored()), ["red \"x\"", "L"]);

        let wrong = OptionValues::from([("size", "L"), ("material", "wool")]).ordered_by(&options).unwrap_err();
        let named: Vec<_> = wrong.fields().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["options.colour", "options.material"]);
    }

    #[test]
    fn the_longest_values_fit_their_column() {
        let longest = "\"".repeat(MAX_OPTION);
        let values: OptionValues = (0..MAX_OPTIONS).map(|n| (n.to_string(), longest.clone())).collect();
        assert!(values.stored().len() <= 640);
    }
}
