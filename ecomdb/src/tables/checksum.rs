//! Checksums of tables, independent of engine and row order.

use crate::engine::{Cell, Cells};

/// Sum, modulo 2^64, of a hash of each row. Rows include their keys, so swapped values change the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Checksum {
    pub(crate) rows: u64,
    pub(crate) sum: u64,
    row: u64,
}

impl Checksum {
    #[inline]
    fn word(&mut self, word: u64) {
        self.row = mix(self.row.rotate_left(5) ^ word);
    }
}

/// Folds the 128-bit product of a multiplication to 64 bits.
#[inline]
const fn mix(word: u64) -> u64 {
    let product = (word ^ 0x9E37_79B9_7F4A_7C15) as u128 * 0xD6E8_FEB8_6659_FD93_u128;
    (product as u64) ^ (product >> 64) as u64
}

impl Cells for Checksum {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Null => self.word(0xA5A5_0000_0000_0001),
            Cell::Int(number) | Cell::Money(number) | Cell::Time(number) => self.word(number as u64),
            Cell::Flag(flag) => self.word(u64::from(flag)),
            Cell::Ratio(ratio) => self.word(ratio.to_bits()),
            Cell::Date(days) => self.word(days as u64),
            Cell::Text(text) => {
                let (words, rest) = text.as_bytes().as_chunks::<8>();
                for word in words {
                    self.word(u64::from_le_bytes(*word));
                }
                let mut last = [0; 8];
                last[..rest.len()].copy_from_slice(rest);
                last[7] = rest.len() as u8 | 0x80;
                self.word(u64::from_le_bytes(last));
            }
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(mix(self.row));
        self.row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Cell<'_>]]) -> u64 {
        let mut checksum = Checksum::default();
        for row in rows {
            row.iter().for_each(|cell| checksum.cell(*cell));
            checksum.end_row();
        }
        checksum.sum
    }

    #[test]
    fn the_order_of_rows_does_not_matter_but_that_of_cells_does() {
        let (a, b) = (Cell::Int(1), Cell::Text("one"));
        assert_eq!(sum(&[&[a], &[b]]), sum(&[&[b], &[a]]));
        assert_ne!(sum(&[&[a, b]]), sum(&[&[b, a]]));
        assert_ne!(sum(&[&[a], &[b]]), sum(&[&[a, b]]));
    }

    #[test]
    fn what_looks_alike_is_told_apart() {
        let cells = [
            Cell::Null,
            Cell::Int(0),
            Cell::Text(""),
            Cell::Text("\0"),
            Cell::Text("1234567"),
            Cell::Text("12345678"),
            Cell::Text("12345678\0"),
        ];
        for (place, left) in cells.iter().enumerate() {
            for right in &cells[place + 1..] {
                assert_ne!(sum(&[&[*left]]), sum(&[&[*right]]), "{left:?} and {right:?}");
            }
        }
    }
}
