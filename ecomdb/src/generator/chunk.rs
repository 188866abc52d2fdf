//! Encoded rows between the generator and a sink.

use crate::engine::{Cells, Record};
use crate::tables::{Checksum, Relation};

/// Encoded rows of several relations.
#[derive(Debug)]
pub(crate) struct Chunk<B> {
    portions: Vec<Portion<B>>,
}

/// Encoded rows of one relation, and their checksum.
#[derive(Debug, Default)]
pub(crate) struct Portion<B> {
    pub(crate) checksum: Checksum,
    pub(crate) buffer: B,
}

impl<B: Cells + Default> Chunk<B> {
    pub(crate) fn new() -> Self {
        Self { portions: Relation::ALL.iter().map(|_| Portion::default()).collect() }
    }

    #[inline]
    pub(crate) fn push<R: Record>(&mut self, row: &R) {
        let portion = &mut self.portions[R::PLACE];
        row.cells(&mut portion.checksum);
        row.cells(&mut portion.buffer);
    }

    /// The relations that have rows; each comes before those that reference it.
    pub(crate) fn portions(&self) -> impl Iterator<Item = (Relation, &Portion<B>)> {
        let all = Relation::ALL.into_iter().zip(&self.portions);
        all.filter(|(_, portion)| portion.checksum.rows > 0)
    }
}
