//! Passwords, hashed with Argon2id as recommended by OWASP's Password Storage Cheat Sheet.

mod common;

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use crate::error::{Error, Invalid, Result};

/// 19 MiB of memory, two passes, one lane.
const PARAMS: Params = match Params::new(19_456, 2, 1, None) {
    Ok(params) => params,
    Err(_) => Params::DEFAULT,
};

/// Dummy hash, verified when the user does not exist, so that timing reveals nothing.
pub(crate) const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$bm8gcGFzc3dvcmQgaGFzIGJlZW4gaGFzaGVkIHRvIHRoaXM";

/// A new password of 8 to 128 characters that is not among the 10,000 most common ones.
///
/// ```
/// use ecomdb::Password;
///
/// let password = Password::new("correct horse battery")?;
/// assert_eq!(format!("{password:?}"), "Password(hidden)");
/// assert!(Password::new("short").is_err());
/// assert!(Password::new("Password1").is_err());
/// # Ok::<(), ecomdb::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Minimum length in characters.
    pub const MIN: usize = 8;
    /// Maximum length in characters.
    pub const MAX: usize = 128;

    /// Checks the length, and that the password is not among the 10,000 most common ones, ignoring case.
    ///
    /// # Errors
    /// [`Invalid`] (`password`), without quoting it.
    pub fn new(password: impl Into<String>) -> Result<Self, Invalid> {
        let password = password.into();
        let length = password.chars().count();
        if !(Self::MIN..=Self::MAX).contains(&length) {
            return Err(refused(format!("must have {} to {} characters, not {length}", Self::MIN, Self::MAX)));
        }
        if common::has(&password) {
            return Err(refused("is one of the 10,000 most common passwords: choose one that is hard to guess"));
        }
        Ok(Self(password))
    }

    /// Refuses the user's e-mail address, its local part and the user's name, ignoring case and punctuation.
    ///
    /// # Errors
    /// [`Invalid`] (`password`), without quoting it.
    pub(crate) fn expect_unlike(&self, email: &str, first_name: &str, last_name: &str) -> Result<(), Invalid> {
        let local_part = email.rsplit_once('@').map_or(email, |(local_part, _)| local_part);
        let names = [format!("{first_name}{last_name}"), format!("{last_name}{first_name}")];
        let password = letters(&self.0);
        let known = [email, local_part, &names[0], &names[1]];
        if known.into_iter().any(|known| !password.is_empty() && letters(known) == password) {
            return Err(refused("must be neither the e-mail address nor the name of its user"));
        }
        Ok(())
    }

    /// A random password of 120 bits, without ambiguous characters.
    #[must_use]
    pub fn random() -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut random = rand::rng();
        Self((0..24).filter_map(|_| LETTERS.choose(&mut random).copied().map(char::from)).collect())
    }

    /// The password in plain text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Hash for storage, in PHC format.
    pub(crate) fn hash(&self) -> Result<String> {
        hash(&self.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// The text in lower case, without spaces and punctuation.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Error for a refused password.
pub(crate) fn refused(message: impl Into<String>) -> Invalid {
    Invalid::new("password", message)
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

/// Hash with a random salt.
pub(crate) fn hash(password: &str) -> Result<String> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|error| Error::Configuration(format!("a password could not be hashed: {error}")))
}

/// Verifies a password with the parameters stored in the hash.
pub(crate) fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Whether the hash uses other parameters than new ones.
pub(crate) fn is_outdated(hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return true };
    let is_algorithm = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
    let params = Params::try_from(&hash);
    let is_same = params.is_ok_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (PARAMS.m_cost(), PARAMS.t_cost(), PARAMS.p_cost())
    });
    !(is_algorithm && is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_its_password_and_of_no_other() {
        let password = Password::new("correct horse battery").unwrap();
        let hash = password.hash().unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(password.expose(), &hash) && !verify("correct horse batterY", &hash));
        assert_ne!(hash, password.hash().unwrap(), "each has a salt of its own");
        assert!(!is_outdated(&hash));
    }

    #[test]
    fn the_dummy_hash_costs_as_much_as_any_other_and_no_password_has_it() {
        assert!(!is_outdated(NOBODYS) && PasswordHash::new(NOBODYS).is_ok_and(|hash| hash.hash.is_some()));
        assert!(!verify("", NOBODYS));
    }

    #[test]
    fn a_hash_with_other_parameters_is_outdated_but_right() {
        let params = Params::new(8_192, 1, 1, None).unwrap();
        let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash = weaker.hash_password_with_salt(b"correct horse", b"0123456789abcdef").unwrap().to_string();
        assert!(is_outdated(&hash) && verify("correct horse", &hash));
        assert!(is_outdated("plain text"));
    }

    #[test]
    fn a_password_is_not_the_name_or_address_of_its_user() {
        let check = |password: &str| {
            Password::new(password).unwrap().expect_unlike("ada.lovelace@example.com", "Ada", "Lovelace").is_ok()
        };
        let known = [
            "ada.lovelace@example.com",
            "Ada.Lovelace",
            "ada lovelace",
            "Lovelace, Ada",
            "adalovelace!",
            "ADALOVELACE",
        ];
        assert_eq!(known.map(check), [false; 6]);
        assert_eq!(["ada loves lace", "lovelaces", "!!!!!!!!"].map(check), [true; 3]);
    }

    #[test]
    fn passwords_are_8_to_128_characters_and_errors_do_not_repeat_them() {
        for right in ["8 things", &"é".repeat(128), "  with blanks  "] {
            assert_eq!(Password::new(right).unwrap().expose(), right);
        }
        for wrong in ["1234567", &"geheim".repeat(22)] {
            let invalid = Password::new(wrong).unwrap_err();
            assert!(!invalid.to_string().contains(wrong), "{invalid}");
        }
        assert_eq!(Password::random().expose().len(), 24);
    }
}
