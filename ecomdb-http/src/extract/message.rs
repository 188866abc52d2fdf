//! Translates serde's errors into messages for API clients.

use ecomdb::quoted;

/// A message about a wrong value, and its field, if only serde's message names it.
pub(super) struct Translated {
    /// A missing or repeated field of the object at the path of the error.
    pub(super) field: Option<String>,
    pub(super) message: String,
}

/// Translates one message.
pub(super) fn translate(error: &str) -> Translated {
    // serde_json appends a line and column; the path of the field is more useful.
    let message = error.rsplit_once(" at line ").map_or(error, |(message, _)| message);
    for (prefix, words) in [("missing field ", "must be given"), ("duplicate field ", "must be given once only")] {
        if let Some(field) = name_after(message, prefix) {
            return Translated { field: Some(field.to_owned()), message: words.to_owned() };
        }
    }
    let message = if name_after(message, "unknown field ").is_some() {
        unknown(message)
    } else if message == "number out of range" {
        "is out of range".to_owned()
    } else {
        mismatch(message).unwrap_or_else(|| message.to_owned())
    };
    Translated { field: None, message }
}

/// The name in backticks after the prefix.
fn name_after<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.strip_prefix('`')?.split_once('`').map(|(name, _)| name)
}

/// ``unknown field `x`, expected one of `a`, `b` ``: lists the known names.
fn unknown(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((_, known)) => {
            let known = known.strip_prefix("one of ").unwrap_or(known).replace('`', "").replace(" or ", ", ");
            format!("is unknown; allowed are {known}")
        }
        None => "is unknown".to_owned(),
    }
}

/// ``invalid type: floating point `1.5`, expected i64``
fn mismatch(message: &str) -> Option<String> {
    let found = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = found.rsplit_once(", expected ")?;
    let expected = match expected {
        "i64" if message.starts_with("invalid value") => "a whole number of at most 63 bits",
        "i64" => "a whole number",
        "a string" => "a string",
        "a boolean" => "true or false",
        "a sequence" => "an array",
        other => other,
    };
    let found = match found {
        "null" | "unit value" => "null",
        "map" => "an object",
        "sequence" => "an array",
        other => match other.split_once(' ').unwrap_or(("", other)) {
            ("string", text) => return Some(format!("must be {expected}, not {}", quoted(&unescaped(text)))),
            ("floating", _) | ("", _) => other.strip_prefix("floating point ").unwrap_or(other),
            (_, value) => value,
        },
    };
    Some(format!("must be {expected}, not {}", found.replace('`', "")))
}

/// Undoes the `Debug` form in which serde quotes a text.
fn unescaped(debug: &str) -> String {
    let debug = debug.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(debug);
    let mut text = String::with_capacity(debug.len());
    let mut rest = debug.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('u') => {
                let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            escaped => text.extend(escaped),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_serde_become_words_for_people() {
        for (error, message) in [
            ("invalid type: floating point `1.5`, expected i64 at line 1 column 9", "must be a whole number, not 1.5"),
            ("invalid type: string \"2\", expected i64 at line 1 column 9", "must be a whole number, not \"2\""),
            (
                r#"invalid type: string "it\'s\n\u{301}\"", expected i64"#,
                "must be a whole number, not \"it's\\n\u{301}\"\"",
            ),
            ("invalid type: boolean `true`, expected a string", "must be a string, not true"),
            ("invalid type: null, expected a string", "must be a string, not null"),
            ("invalid type: map, expected a sequence", "must be an array, not an object"),
            ("unknown field `sttus`, expected one of `limit`, `cursor`", "is unknown; allowed are limit, cursor"),
            ("unknown field `a`, expected `b` or `c`", "is unknown; allowed are b, c"),
            ("must have at most two decimal places at line 3 column 1", "must have at most two decimal places"),
        ] {
            assert_eq!(translate(error).message, message, "{error}");
        }
        assert_eq!(translate("missing field `email` at line 1 column 2").field.as_deref(), Some("email"));
        assert_eq!(translate("duplicate field `limit`").field.as_deref(), Some("limit"));
    }
}
