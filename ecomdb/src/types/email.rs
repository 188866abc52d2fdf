//! E-mail addresses.

use std::fmt;

use serde::Serialize;

use crate::error::Invalid;

/// An e-mail address, trimmed and in lower case, so that two spellings of one address are equal.
///
/// It is checked as far as a shop can check without sending a message: one `@` with something on either side, no
/// blanks or control characters, at most 254 characters (RFC 5321).
///
/// ```
/// use ecomdb::Email;
///
/// assert_eq!(Email::new("email", " Ada@Example.com ")?.as_str(), "ada@example.com");
/// assert!(Email::new("email", "ada").is_err());
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
        let address = address.trim().to_lowercase();
        let is_address = match address.split_once('@') {
            Some((local, domain)) => {
                !local.is_empty()
                    && local.len() <= 64
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
                    && address.len() <= 254
                    && !address.chars().any(|c| c.is_whitespace() || c.is_control())
            }
            None => false,
        };
        if is_address {
            Ok(Self(address))
        } else {
            Err(Invalid::new(field, "must be an e-mail address such as ada@example.com, of at most 254 characters"))
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
