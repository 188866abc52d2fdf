//! E-mail addresses.

use std::fmt;

use serde::Serialize;

use super::text::{hidden, is_unseen};
use super::unicode::folded;
use crate::error::Invalid;

/// An e-mail address, trimmed, composed (NFC) and case-folded, so that all spellings of one address are equal.
///
/// It is checked as far as a shop can check without sending a message: the address alone, with one `@`, at most 64 bytes
/// before it, the name of a host behind it, and at most 254 bytes in all (RFC 5321). Letters of all scripts are taken
/// (RFC 6531); quotes, comments, spaces and characters that cannot be seen are not.
///
/// ```
/// use ecomdb::Email;
///
/// assert_eq!(Email::new("email", " Ada@Example.com ")?.as_str(), "ada@example.com");
/// assert_eq!(Email::new("email", "jos\u{e9}@example.com")?, Email::new("email", "JOSE\u{301}@example.com")?);
/// assert!(Email::new("email", "ada").is_err());
/// assert!(Email::new("email", "Ada <ada@example.com>").is_err());
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The normalised address.
    ///
    /// # Errors
    /// [`Invalid`] with the given field name, when it is no e-mail address.
    pub fn new(field: &str, address: &str) -> Result<Self, Invalid> {
        let address = folded(address.trim());
        if let Some(c) = address.chars().find(|c| is_unseen(*c)) {
            return Err(hidden(field, c));
        }
        if address.starts_with("mailto:") || address.contains(['<', '>']) {
            let message = "must be the address alone, such as ada@example.com, without a name, `<`, `>` or `mailto:`";
            return Err(Invalid::new(field, message));
        }
        checked(&address).map(Self).ok_or_else(|| {
            Invalid::new(field, "must be an e-mail address such as ada@example.com, of at most 254 characters")
        })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address with its domain in one form, if it is one.
fn checked(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let domain = in_unicode(domain)?;
    let address = format!("{local}@{domain}");
    (address.len() <= 254 && is_local(local) && is_domain(&domain)).then_some(address)
}

/// An international name of a host has two forms, `m\u{fc}nchen.example` and `xn--mnchen-3ya.example`, and variants of its
/// dots and letters (UTS 46). All of them are made the first one.
fn in_unicode(domain: &str) -> Option<String> {
    if domain.is_ascii() && !domain.contains("xn--") {
        return Some(domain.to_owned());
    }
    let (unicode, outcome) = idna::domain_to_unicode(domain);
    outcome.ok().map(|()| folded(&unicode))
}

/// What is before the `@`: the characters of an atom (RFC 5322) and dots.
fn is_local(local: &str) -> bool {
    let is_atom = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&local.len()) && local.chars().all(is_atom)
}

/// What is behind it: labels of letters, digits and hyphens.
fn is_domain(domain: &str) -> bool {
    // Once more, since the other form of an international name can hide what is refused above.
    let is_letter = |c: char| if c.is_ascii() { c.is_ascii_alphanumeric() || c == '-' } else { !is_unseen(c) };
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.chars().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
