//! Rows on their way from the generator to a sink, encoded as the sink wants them.

use crate::tables::{Cells, Checksum, Record, Relation};

/// Some rows of each relation.
#[derive(Debug)]
pub(crate) struct Chunk<B> {
    portions: Vec<Portion<B>>,
}

/// Rows of one relation: encoded, and their checksum.
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
        let portion = &mut self.portions[R::RELATION as usize];
        row.cells(&mut portion.checksum);
        row.cells(&mut portion.buffer);
    }

    /// Those with rows, each before those that refer to it.
    pub(crate) fn portions(&self) -> impl Iterator<Item = (Relation, &Portion<B>)> {
        let all = Relation::ALL.into_iter().zip(&self.portions);
        all.filter(|(_, portion)| portion.checksum.rows > 0)
    }
}
