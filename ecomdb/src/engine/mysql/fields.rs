//! Parsing of the fields in a packet.

use super::error::Failure;

/// The unread part of a payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Failure> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| Failure::protocol("a short packet"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        let mut taken = [0; N];
        taken.copy_from_slice(self.bytes(N)?);
        Ok(taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Failure> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, Failure> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Failure> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Reads a length-encoded integer of one to nine bytes.
    pub(super) fn number(&mut self) -> Result<u64, Failure> {
        Ok(match self.u8()? {
            0xfc => self.u16()?.into(),
            0xfd => {
                let [a, b, c] = self.array()?;
                u32::from_le_bytes([a, b, c, 0]).into()
            }
            0xfe => u64::from_le_bytes(self.array()?),
            small @ 0..=0xfa => small.into(),
            _ => return Err(Failure::protocol("a number of unknown length")),
        })
    }

    /// Reads a length-encoded string.
    pub(super) fn text(&mut self) -> Result<&'a [u8], Failure> {
        let length = self.number()?;
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX))
    }
}

/// Appends a length-encoded integer, as [`Fields::number`] reads it.
pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    let bytes = number.to_le_bytes();
    match number {
        0..=0xfa => out.push(bytes[0]),
        0xfb..=0xffff => {
            out.push(0xfc);
            out.extend_from_slice(&bytes[..2]);
        }
        0x1_0000..=0xff_ffff => {
            out.push(0xfd);
            out.extend_from_slice(&bytes[..3]);
        }
        _ => {
            out.push(0xfe);
            out.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(bits in 0_u32..64, number: u64) {
            let number = number >> bits;
            let mut out = Vec::new();
            push_number(&mut out, number);
            let mut fields = Fields(&out);
            prop_assert_eq!(fields.number().unwrap(), number);
            prop_assert!(fields.0.is_empty());
        }

        #[test]
        fn whatever_a_server_sends_is_read_or_refused(bytes: Vec<u8>) {
            let mut fields = Fields(&bytes);
            while fields.text().is_ok() {}
        }
    }
}
