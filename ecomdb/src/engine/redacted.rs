//! Database URLs without secrets.

use std::fmt;

use percent_encoding::percent_decode_str;

const HIDDEN: &str = "***";

/// A database URL without possible secrets: everything between the scheme and the last `@`, and everything after the
/// first parameter with a secret's name.
///
/// The URL need not be well formed: a password may contain `#`, `/`, `?` or `@`. The name of a SQLite file contains no
/// password and is shown in full.
#[doc(hidden)]
#[must_use]
pub fn redacted(url: &str) -> String {
    let (scheme, rest) = split_scheme(url);
    if scheme == "sqlite://" || url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let has_login = |at: &usize| !scheme.is_empty() || rest[..*at].contains(':');
    let at = rest.rfind('@').filter(has_login);
    match (at, secret_value(rest)) {
        (None, None) => url.to_owned(),
        (Some(at), None) => format!("{scheme}{HIDDEN}{}", &rest[at..]),
        (None, Some(secret)) => format!("{scheme}{}{HIDDEN}", &rest[..secret]),
        (Some(at), Some(secret)) if at < secret => format!("{scheme}{HIDDEN}{}{HIDDEN}", &rest[at..secret]),
        // Ambiguous: the password contains a parameter's name, or a parameter's value an @.
        (Some(_), Some(_)) => format!("{scheme}{HIDDEN}"),
    }
}

/// Splits off a scheme such as `postgres://`; it is empty if there is none.
pub(super) fn split_scheme(url: &str) -> (&str, &str) {
    let is_scheme = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    match url.find("://") {
        Some(end) if is_scheme(&url[..end]) => url.split_at(end + "://".len()),
        _ => ("", url),
    }
}

/// Start of the value of the first parameter with a secret's name: `?password=`, `&sslpassword=`, or `password=` in a
/// connection string.
fn secret_value(text: &str) -> Option<usize> {
    let is_separator = |c: char| matches!(c, '?' | '&' | ';') || c.is_whitespace();
    let starts = std::iter::once(0).chain(text.match_indices(is_separator).map(|(place, found)| place + found.len()));
    starts.into_iter().find_map(|start| {
        let name = text[start..].split(is_separator).next()?.split_once('=')?.0;
        is_secret(name).then(|| start + name.len() + 1)
    })
}

/// Whether a parameter of this name may contain a secret, in any spelling.
fn is_secret(name: &str) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    ["pass", "pwd", "secret", "client_key"].iter().any(|word| name.contains(word))
}

/// A URL whose `Debug` output is redacted.
#[derive(Clone)]
pub(crate) struct HiddenUrl(pub(crate) String);

impl fmt::Debug for HiddenUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted(&self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_secret_is_shown() {
        for (url, shown) in [
            ("postgres://shop:geheim@localhost:5432/shop", "postgres://***@localhost:5432/shop"),
            ("mysql://shop@localhost/shop", "mysql://***@localhost/shop"),
            ("mysql://localhost/shop?sslmode=require", "mysql://localhost/shop?sslmode=require"),
            (
                "postgres://a:b@c/d?sslmode=require&sslpassword=e&x=y",
                "postgres://***@c/d?sslmode=require&sslpassword=***",
            ),
            ("postgres://h/d?PassWord=e", "postgres://h/d?PassWord=***"),
            ("postgres://h/d?p%61ssword=e", "postgres://h/d?p%61ssword=***"),
            ("postgres://h/d?password=e@f", "postgres://***"),
            ("host=h password=e dbname=d", "host=h password=***"),
            ("shop:geheim@localhost/shop", "***@localhost/shop"),
            ("mysql:/shop:geheim@localhost/shop", "***@localhost/shop"),
            ("sqlite://me@home/shop?password=x.db", "sqlite://me@home/shop?password=x.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("me@home.db", "me@home.db"),
            ("", ""),
        ] {
            assert_eq!(redacted(url), shown);
        }
        assert_eq!(format!("{:?}", HiddenUrl("mysql://a:b@c/d".to_owned())), r#""mysql://***@c/d""#);
    }

    proptest! {
        #[test]
        fn no_part_of_a_password_is_shown(
            around in "[a-z0-9#/?@:&=%;]{0,6}", between in "[a-z0-9#/?@:&=%; .]{0,6}", word in "(|\\?password=|&pwd=|://)",
        ) {
            let password = format!("{around}GEHEIM{between}GEHEIM{word}GEHEIM{around}");
            for url in [
                format!("postgres://shop:{password}@localhost/shop"),
                format!("mysql://shop:{password}@localhost:3306/shop?sslmode=require"),
                format!("postgres://shop:{password}@localhost/shop?sslpassword={password}"),
                format!("postgres://shop@localhost/shop?sslmode=require&password={password}&x=y"),
                format!("postgres://localhost/shop?password={password}"),
                format!("shop:{password}@localhost/shop"),
            ] {
                let shown = redacted(&url);
                prop_assert!(!shown.contains("GEHEIM"), "{} of {}", shown, url);
            }
        }

        #[test]
        fn any_text_can_be_redacted(text: String) {
            let _ = redacted(&text);
        }
    }
}
