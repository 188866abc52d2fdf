//! How often two products were in the same order: counted in sorted runs, which go to a temporary file each when the
//! buffer is full, and are merged at the end. So memory does not grow with the number of orders.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use crate::error::{Error, Result};
use crate::generator::OrderItemRow;

/// Pairs in the buffer: 16 MB.
const BUFFER: usize = 1 << 21;
/// Pairs that are handed on at a time.
const ROWS: usize = 8_192;

/// Pairs in ascending order, and how often each occurs.
type Run<'a> = Box<dyn Iterator<Item = io::Result<(u64, i64)>> + 'a>;

/// Counts pairs of products, the lower id first.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Both ids in one word.
    buffer: Vec<u64>,
    runs: Vec<File>,
    /// The first run that could not be written.
    failed: Option<io::Error>,
}

impl Pairs {
    /// Counts every two of the items, which come by ascending product.
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

    /// Hands on (product, product, orders) by ascending products, many at a time.
    pub(super) fn finish(mut self, mut done: impl FnMut(&[(i64, i64, i64)]) -> Result<()>) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(Error::Output(error));
        }
        self.buffer.sort_unstable();
        let last = self.buffer.chunk_by(|left, right| left == right).map(|same| Ok((same[0], same.len() as i64)));
        let mut runs: Vec<Run<'_>> = vec![Box::new(last)];
        for run in self.runs {
            runs.push(Box::new(read_run(run).map_err(Error::Output)?));
        }

        let count = runs.len();
        let mut heads = BinaryHeap::new();
        let mut advance = |heads: &mut BinaryHeap<_>, run: usize| -> Result<()> {
            if let Some(head) = runs[run].next() {
                let (pair, count) = head.map_err(Error::Output)?;
                heads.push(Reverse((pair, run, count)));
            }
            Ok(())
        };
        for run in 0..count {
            advance(&mut heads, run)?;
        }
        let mut rows: Vec<(i64, i64, i64)> = Vec::with_capacity(ROWS);
        let mut last = None;
        while let Some(Reverse((pair, run, count))) = heads.pop() {
            advance(&mut heads, run)?;
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
