//! References of generated payments.

/// Reference of a payment at its provider: 16 upper-case letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PaymentReference([u8; 16]);

impl PaymentReference {
    /// All 64 bits are in the text, so different bits give different references.
    pub(crate) fn from_bits(mut bits: u64, prefix: [u8; 3]) -> Self {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut text = [0; 16];
        text[..3].copy_from_slice(&prefix);
        for byte in &mut text[3..] {
            *byte = DIGITS[(bits & 31) as usize];
            bits >>= 5;
        }
        Self(text)
    }

    /// The prefix, which says the provider.
    pub(crate) const fn prefix(&self) -> [u8; 3] {
        let [first, second, third, ..] = self.0;
        [first, second, third]
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII, so the fallback is never used.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Debug for PaymentReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
