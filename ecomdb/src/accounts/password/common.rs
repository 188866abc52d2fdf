//! The 10,000 most common leaked passwords of 8 or more characters.
//!
//! `common.txt` is sorted and in lower case. It is taken from the list of 30,000 in zxcvbn 4.5
//! (<https://pypi.org/project/zxcvbn/>), under the MIT licence in `common.LICENSE.txt`.

use std::sync::LazyLock;

static SORTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Whether the list contains the password, ignoring case.
pub(super) fn has(password: &str) -> bool {
    SORTED.binary_search(&password.to_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_10_000_passwords_that_are_long_enough() {
        assert!(SORTED.is_sorted_by(|one, next| one < next), "sorted, and none twice");
        assert!(SORTED.iter().all(|word| word.chars().count() >= 8 && *word == word.to_lowercase()));
        assert_eq!(SORTED.len(), 10_000);
    }

    #[test]
    fn case_does_not_make_a_common_password_another_one() {
        assert!(has("password1") && has("Password1") && has("QWERTYUIOP"));
        assert!(!has("correct horse battery") && !has(""));
    }
}
