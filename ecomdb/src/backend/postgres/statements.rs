//! The statements that a session has prepared.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::row::Column;
use super::session::Statement;

/// At most so many statements are kept prepared on one connection: those used last.
const KEPT: NonZeroUsize = NonZeroUsize::new(200).expect("200 is not 0");

/// A prepared statement.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) name: Arc<str>,
    pub(super) columns: Arc<[Column]>,
}

pub(super) struct Statements {
    kept: LruCache<String, (Prepared, Box<[u32]>)>,
    last: u64,
    /// The names of those that the server is to forget with the next request.
    closed: Vec<Arc<str>>,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self { kept: LruCache::new(KEPT), last: 0, closed: Vec::new() }
    }

    /// The one that was prepared for the same text and the same types.
    pub(super) fn find(&mut self, statement: &Statement<'_>) -> Option<Prepared> {
        let (prepared, types) = self.kept.get(statement.text)?;
        (**types == *statement.types).then(|| prepared.clone())
    }

    pub(super) fn next_name(&mut self) -> Arc<str> {
        self.last += 1;
        format!("ecomdb_{}", self.last).into()
    }

    pub(super) fn keep(&mut self, statement: &Statement<'_>, prepared: Prepared) {
        let entry = (prepared, statement.types.into());
        if let Some((_, (dropped, _))) = self.kept.push(statement.text.to_owned(), entry) {
            self.close(dropped.name);
        }
    }

    /// Prepares it anew the next time.
    pub(super) fn forget(&mut self, statement: &Statement<'_>) {
        if let Some((dropped, _)) = self.kept.pop(statement.text) {
            self.close(dropped.name);
        }
    }

    pub(super) fn close(&mut self, name: Arc<str>) {
        self.closed.push(name);
    }

    pub(super) fn closed(&self) -> &[Arc<str>] {
        &self.closed
    }

    pub(super) fn forget_closed(&mut self) {
        self.closed.clear();
    }
}
