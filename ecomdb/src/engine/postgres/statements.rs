//! Cache of a session's prepared statements, and encoding of bound values.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::BytesMut;
use lru::LruCache;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend::{self, BindError};

use super::row::Column;

/// Maximum number of prepared statements kept per connection (least recently used are closed).
const KEPT: NonZeroUsize = NonZeroUsize::new(200).expect("200 is not 0");

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) text: &'a str,
    /// Types of the values.
    pub(super) types: &'a [u32],
    pub(super) values: &'a [Option<Vec<u8>>],
    /// Whether to prepare and cache the statement.
    pub(super) kept: bool,
}

/// A prepared statement.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) name: Arc<str>,
    pub(super) columns: Arc<[Column]>,
}

pub(super) struct Statements {
    kept: LruCache<String, (Prepared, Box<[u32]>)>,
    last: u64,
    /// Names of statements to close with the next request.
    closed: Vec<Arc<str>>,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self { kept: LruCache::new(KEPT), last: 0, closed: Vec::new() }
    }

    /// The statement prepared for this text and these types.
    pub(super) fn find(&mut self, statement: &Statement<'_>) -> Option<Prepared> {
        let (prepared, types) = self.kept.get(statement.text)?;
        (**types == *statement.types).then(|| prepared.clone())
    }

    pub(super) fn next_name(&mut self) -> Arc<str> {
        self.last += 1;
        format!("ecomdb_{}", self.last).into()
    }

    pub(super) fn keep(&mut self, text: String, types: Box<[u32]>, prepared: Prepared) {
        if let Some((_, (dropped, _))) = self.kept.push(text, (prepared, types)) {
            self.close(dropped.name);
        }
    }

    /// Removes a statement, so that it is prepared again.
    pub(super) fn forget(&mut self, name: &str) {
        let text = self.kept.iter().find(|(_, (prepared, _))| *prepared.name == *name).map(|(text, _)| text.clone());
        if let Some((dropped, _)) = text.and_then(|text| self.kept.pop(&text)) {
            self.close(dropped.name);
        }
    }

    /// Removes all statements, so that they are prepared again.
    pub(super) fn forget_all(&mut self) {
        while let Some((_, (dropped, _))) = self.kept.pop_lru() {
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

/// Encodes a Bind message with values and results in binary format.
pub(super) fn bind(name: &str, values: &[Option<Vec<u8>>], out: &mut BytesMut) -> io::Result<()> {
    const BINARY: i16 = 1;
    let write = |value: &Option<Vec<u8>>, out: &mut BytesMut| match value {
        Some(bytes) => {
            out.extend_from_slice(bytes);
            Ok(IsNull::No)
        }
        None => Ok(IsNull::Yes),
    };
    frontend::bind("", name, [BINARY], values, write, [BINARY], out).map_err(|error| match error {
        BindError::Conversion(error) => io::Error::other(error),
        BindError::Serialization(error) => error,
    })
}
