//! Cache of a connection's prepared statements. It is bounded, because each uses memory on the server, and a server
//! limits the total over all connections (MariaDB: 16,382).

use std::any::TypeId;
use std::num::NonZeroUsize;

use diesel::QueryResult;
use diesel::connection::statement_cache::QueryFragmentForCachedStatement;
use diesel::connection::{CacheSize, Instrumentation, InstrumentationEvent};
use diesel::mysql::Mysql;
use lru::LruCache;

use super::client::{Answer, Client, Prepared};

/// Maximum number of cached statements (least recently used are closed).
const KEPT: NonZeroUsize = NonZeroUsize::new(200).expect("200 is not 0");

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A query type with a single text.
    Type(TypeId),
    Text(String),
}

/// A statement to run.
pub(super) enum Found {
    Kept(Prepared),
    /// It must be prepared; without a key, it is not cached.
    New {
        text: String,
        key: Option<Key>,
    },
}

pub(super) struct Statements {
    kept: LruCache<Key, Prepared>,
    size: CacheSize,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self { kept: LruCache::new(KEPT), size: CacheSize::Unbounded }
    }

    pub(super) fn set_size(&mut self, size: CacheSize, client: &mut Client) {
        self.size = size;
        if size == CacheSize::Disabled {
            while let Some((_, statement)) = self.kept.pop_lru() {
                client.close(&statement);
            }
        }
    }

    /// The cached statement of a query, or a new one.
    pub(super) fn find(
        &mut self,
        type_id: Option<TypeId>,
        source: &dyn QueryFragmentForCachedStatement<Mysql>,
        instrumentation: &mut dyn Instrumentation,
    ) -> QueryResult<Found> {
        if let Some(id) = type_id
            && let Some(statement) = self.kept.get(&Key::Type(id))
        {
            return Ok(Found::Kept(statement.clone()));
        }
        let text = source.construct_sql(&Mysql)?;
        if self.size == CacheSize::Disabled || !source.is_safe_to_cache_prepared(&Mysql)? {
            return Ok(Found::New { text, key: None });
        }
        let key = match type_id {
            Some(id) => Key::Type(id),
            None => Key::Text(text.clone()),
        };
        if let Some(statement) = self.kept.get(&key) {
            return Ok(Found::Kept(statement.clone()));
        }
        instrumentation.on_connection_event(InstrumentationEvent::cache_query(&text));
        Ok(Found::New { text, key: Some(key) })
    }

    /// Caches a prepared statement.
    pub(super) fn keep(&mut self, key: Key, statement: Prepared, client: &mut Client) {
        if let Some((_, oldest)) = self.kept.push(key, statement) {
            client.close(&oldest);
        }
    }

    /// Stores columns that the server has sent, because it will omit them from now on.
    pub(super) fn note_columns(&mut self, statement: &Prepared, answer: &Answer) {
        if let Some(columns) = &answer.columns
            && let Some((_, kept)) = self.kept.iter_mut().find(|(_, kept)| kept.id == statement.id)
        {
            kept.columns = columns.clone();
        }
    }
}
