//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;
use super::text::{hidden, is_unseen};
use super::unicode::folded;

/// An e-mail address, trimmed, composed (NFC) and case-folded, so that all spellings of one address are equal.
///
/// The host name is in its Unicode form (UTS 46, non-transitional). Different host names stay different:
/// `stra\u{df}e.example` and `strasse.example` can have different owners.
///
/// Checks without sending mail: a bare address with one `@`, at most 64 bytes before it, a host name after it, and at
/// most 254 bytes in total (RFC 5321). Letters of all scripts are accepted (RFC 6531); quotes, comments, spaces and
/// invisible characters are not.
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Email(String);

impl Email {
    /// Validates and normalises an address.
    ///
    /// # Errors
    /// [`Invalid`] with the given field name if it is not an e-mail address.
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

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl TryFrom<String> for Email {
    type Error = Invalid;

    fn try_from(address: String) -> Result<Self, Invalid> {
        Self::new("email", &address)
    }
}

/// The normalised address, or `None` if it is invalid.
fn checked(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let (local, domain) = (folded(local), in_unicode(domain)?);
    let address = format!("{local}@{domain}");
    (address.len() <= 254 && is_local(&local) && is_domain(&domain)).then_some(address)
}

/// The Unicode form of a host name. Its other form (`xn--mnchen-3ya.example` for `m\u{fc}nchen.example`) and variants
/// of dots and letters are mapped to it (UTS 46). The result is not case-folded, since that would change names with a
/// sharp s or a final sigma.
pub(crate) fn in_unicode(domain: &str) -> Option<String> {
    let lower = domain.to_ascii_lowercase();
    if lower.is_ascii() && !lower.contains("xn--") {
        return Some(lower);
    }
    let (unicode, outcome) = idna::domain_to_unicode(&lower);
    outcome.ok().map(|()| unicode)
}

/// Validates the part before the `@`: the characters of an atom (RFC 5322) and dots.
fn is_local(local: &str) -> bool {
    let is_atom = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&local.len()) && local.chars().all(is_atom)
}

/// Validates the host name: labels of letters, digits and hyphens.
fn is_domain(domain: &str) -> bool {
    // Checked after the conversion, because an `xn--` name can hide invalid characters.
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
