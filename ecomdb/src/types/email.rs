//! E-mail addresses.

use std::fmt;

use serde::Serialize;

use super::text::{hidden, is_unseen};
use super::unicode::folded;
use crate::error::Invalid;

/// An e-mail address, trimmed, composed (NFC) and case-folded, so that all spellings of one address are equal.
///
/// The name of the host is in the form of UTS 46 (not transitional), in Unicode. Different names stay different, such as
/// `stra\u{df}e.example` and `strasse.example`, which can have different owners.
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
        let address = address.trim();
        let plain = folded(address);
        if let Some(c) = plain.chars().find(|c| is_unseen(*c)) {
            return Err(hidden(field, c));
        }
        if plain.starts_with("mailto:") || plain.contains(['<', '>']) {
            let message = "must be the address alone, such as ada@example.com, without a name, `<`, `>` or `mailto:`";
            return Err(Invalid::new(field, message));
        }
        checked(address).map(Self).ok_or_else(|| {
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
    let (local, domain) = (folded(local), in_unicode(domain)?);
    let address = format!("{local}@{domain}");
    (address.len() <= 254 && is_local(&local) && is_domain(&domain)).then_some(address)
}

/// An international name of a host has two forms, `m\u{fc}nchen.example` and `xn--mnchen-3ya.example`, and variants of its
/// dots and letters (UTS 46). All of them are made the first one. They are not case-folded besides: that would make another
/// name of one with a sharp s or a final sigma.
fn in_unicode(domain: &str) -> Option<String> {
    let lower = domain.to_ascii_lowercase();
    if lower.is_ascii() && !lower.contains("xn--") {
        return Some(lower);
    }
    let (unicode, outcome) = idna::domain_to_unicode(&lower);
    outcome.ok().map(|()| unicode)
}

/// How a part of an address is stored: as one of what is before the `@`, and as one of the name of a host. A text with `@` is
/// stored in one form.
pub(crate) fn stored_forms(text: &str) -> [String; 2] {
    let host = |text: &str| in_unicode(text).unwrap_or_else(|| folded(text));
    match text.split_once('@') {
        Some((local, domain)) => {
            let address = format!("{}@{}", folded(local), host(domain));
            [address.clone(), address]
        }
        None => [folded(text), host(text)],
    }
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
