//! Codes of vouchers.

use crate::types::{Invalid, quoted, text};

use super::Voucher;

/// The stored form of a code: in upper case, so that customers can type it in any case.
pub(crate) fn of_text(field: &str, code: &str) -> Result<String, Invalid> {
    let code = text::identity(field, code, Voucher::MAX_CODE)?;
    match code.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_')) {
        Some(_) => Err(Invalid::new(field, format!("must have only letters, digits, - and _, not {}", quoted(&code)))),
        // The upper-case form may be longer than the typed one: ß becomes SS.
        None => text::identity(field, &code.to_uppercase(), Voucher::MAX_CODE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_a_code_does_not_matter() {
        assert_eq!(of_text("code", " summer-10 ").unwrap(), "SUMMER-10");
        assert_eq!(of_text("code", "Grün_Straße").unwrap(), "GRÜN_STRASSE");
        for wrong in ["", "two words", "10%", "a\u{200b}b"] {
            assert_eq!(of_text("code", wrong).unwrap_err().fields()[0].field, "code", "{wrong:?}");
        }
    }
}
