//! Secrets of sessions and API keys.

use std::fmt;

use rand::Rng as _;

use crate::types::digest::{hex, sha256};

/// Prefixes of tokens, which identify leaked ones.
const SESSION: &str = "ecomdb_session_";
const KEY: &str = "ecomdb_key_";
/// Hexadecimal digits of 256 bits.
const DIGITS: usize = 64;

/// Secret of a session or an API key: a prefix and 256 random bits. It is shown once, on creation; only its SHA-256 is
/// stored.
///
/// ```
/// # use ecomdb::{Database, NewUser, Password};
/// # let db = Database::open("sqlite::memory:")?;
/// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
/// # db.accounts().set_password(ada.id, &Password::new("correct horse battery")?)?;
/// let login = db.accounts().log_in("ada@example.com", "correct horse battery")?;
/// assert_eq!(format!("{:?}", login.token), "Token(hidden)");
/// assert!(login.token.expose().starts_with("ecomdb_session_"));
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Kind of credential that a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Session,
    ApiKey,
}

impl Token {
    /// Generates a token from the operating system's random numbers.
    pub(crate) fn random(kind: TokenKind) -> Self {
        let mut bits = [0; DIGITS / 2];
        rand::rng().fill_bytes(&mut bits);
        let prefix = match kind {
            TokenKind::Session => SESSION,
            TokenKind::ApiKey => KEY,
        };
        Self(format!("{prefix}{}", hex(&bits)))
    }

    /// Parses a token; `None` if it is malformed.
    pub(crate) fn parse(text: &str) -> Option<(TokenKind, Self)> {
        let (kind, digits) = match (text.strip_prefix(SESSION), text.strip_prefix(KEY)) {
            (Some(digits), _) => (TokenKind::Session, digits),
            (_, Some(digits)) => (TokenKind::ApiKey, digits),
            (None, None) => return None,
        };
        let is_token = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_token.then(|| (kind, Self(text.to_owned())))
    }

    /// Hash for storage and lookup. Looking up a hash takes the same time for every unknown token, so timing reveals
    /// nothing about stored ones.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(sha256(&self.0))
    }

    /// The secret in plain text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// SHA-256 of a token. Unlike the id of a session or key, it is never reused, not even after
/// [`Database::reset`](crate::Database::reset).
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash(String);

impl TokenHash {
    /// Wraps a stored hash.
    pub(crate) const fn stored(hash: String) -> Self {
        Self(hash)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_what_it_is_and_nothing_else_is_one() {
        for kind in [TokenKind::Session, TokenKind::ApiKey] {
            let token = Token::random(kind);
            assert_eq!(Token::parse(token.expose()), Some((kind, token.clone())));
            assert_ne!(token, Token::random(kind));
            for wrong in [&token.expose()[1..], &format!("{}0", token.expose()), &token.expose().replace('_', "-")] {
                assert_eq!(Token::parse(wrong), None, "{wrong}");
            }
        }
        for wrong in ["", "ecomdb_key_", &format!("ecomdb_key_{}", "é".repeat(32))] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }
}
