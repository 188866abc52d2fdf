//! Counts how often two products are in the same order. When the buffer is full, a sorted run goes to a temporary file;
//! all runs are merged at the end. So memory does not grow with the number of orders.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use crate::error::{Error, Result};
use crate::generator::OrderItemRow;

/// Pairs in the buffer (16 MB).
const BUFFER: usize = 1 << 21;
/// Pairs in one delivery.
const ROWS: usize = 8_192;

/// Ascending pairs, each with its number of orders.
type Run<'a> = Box<dyn Iterator<Item = io::Result<(u64, i64)>> + 'a>;

/// Counts pairs of products, the lower id first.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Both ids in one word.
    buffer: Vec<u64>,
    runs: Vec<File>,
    /// First error of writing a run.
    failed: Option<io::Error>,
}

impl Pairs {
    /// Counts every pair of the items, which must ascend by product.
    pub(super) fn add(&mut self, items: &[OrderItemRow]) {
        for (place, first) in items.iter().enumerate() {
            let second = items[place + 1..].iter();
            self.buffer.extend(second.map(|second| (first.product_id as u64) << 32 | second.product_id as u64));
        }
        if self.buffer.len() >= BUFFER {
            match self.write_run() {
                Ok(run) => self.runs.push(run),
                Err(error) => self.failed = self.failed.take().or(Some(error)),
            }
            self.buffer.clear();
        }
    }

    /// Passes (product, product, orders) to the closure in batches, ascending by products.
    pub(super) fn finish(mut self, done: impl FnMut(&[(i64, i64, i64)]) -> Result<()>) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(Error::Output(error));
        }
        self.buffer.sort_unstable();
        let last = self.buffer.chunk_by(|left, right| left == right).map(|same| Ok((same[0], same.len() as i64)));
        let mut runs: Vec<Run<'_>> = vec![Box::new(last)];
        for run in self.runs {
            runs.push(Box::new(read_run(run).map_err(Error::Output)?));
        }
        merge(&mut runs, done)
    }

    fn write_run(&mut self) -> io::Result<File> {
        self.buffer.sort_unstable();
        let mut run = BufWriter::new(tempfile::tempfile()?);
        for same in self.buffer.chunk_by(|left, right| left == right) {
            run.write_all(&same[0].to_le_bytes())?;
            run.write_all(&(same.len() as u32).to_le_bytes())?;
        }
        run.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

fn merge(runs: &mut [Run<'_>], mut done: impl FnMut(&[(i64, i64, i64)]) -> Result<()>) -> Result<()> {
    let mut heads = BinaryHeap::new();
    let advance = |heads: &mut BinaryHeap<_>, number: usize, run: &mut Run<'_>| -> Result<()> {
        if let Some(head) = run.next() {
            let (pair, count) = head.map_err(Error::Output)?;
            heads.push(Reverse((pair, number, count)));
        }
        Ok(())
    };
    for (number, run) in runs.iter_mut().enumerate() {
        advance(&mut heads, number, run)?;
    }
    let mut rows: Vec<(i64, i64, i64)> = Vec::with_capacity(ROWS);
    let mut last = None;
    while let Some(Reverse((pair, number, count))) = heads.pop() {
        advance(&mut heads, number, &mut runs[number])?;
        match rows.last_mut() {
            Some(row) if last == Some(pair) => row.2 += count,
            _ => {
                if rows.len() == ROWS {
                    done(&rows)?;
                    rows.clear();
                }
                rows.push(((pair >> 32) as i64, (pair & 0xFFFF_FFFF) as i64, count));
            }
        }
        last = Some(pair);
    }
    if rows.is_empty() { Ok(()) } else { done(&rows) }
}

fn read_run(mut run: File) -> io::Result<impl Iterator<Item = io::Result<(u64, i64)>>> {
    let pairs = run.stream_position()? / 12;
    run.rewind()?;
    let mut run = BufReader::new(run);
    Ok((0..pairs).map(move |_| {
        let (mut pair, mut count) = ([0; 8], [0; 4]);
        run.read_exact(&mut pair)?;
        run.read_exact(&mut count)?;
        Ok((u64::from_le_bytes(pair), i64::from(u32::from_le_bytes(count))))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_through_files_is_counted_like_what_did_not() {
        let item = |product_id| OrderItemRow {
            order_id: 1,
            product_id,
            quantity: 1,
            unit_price: 1,
            discount: None,
            product_revision: None,
        };
        let mut pairs = Pairs::default();
        let (mut expected, mut number) = (std::collections::BTreeMap::new(), 1_u64);
        for _ in 0..3 * BUFFER / 2 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let products = [1 + (number >> 60) as i64, 20 + (number >> 50 & 1023) as i64, 2_000];
            for pair in [[0, 1], [0, 2], [1, 2]] {
                *expected.entry((products[pair[0]], products[pair[1]])).or_insert(0) += 1;
            }
            pairs.add(&products.map(item));
        }
        assert!(pairs.runs.len() >= 4);
        let mut found = Vec::new();
        pairs
            .finish(|rows| {
                found.extend_from_slice(rows);
                Ok(())
            })
            .unwrap();
        let expected: Vec<_> = expected.into_iter().map(|((a, b), count)| (a, b, count)).collect();
        assert!(found == expected);
    }
}
