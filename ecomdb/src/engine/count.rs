//! Counting the rows of a query at a bounded cost.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LimitDsl;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, RunQueryDsl};

use super::{Connection, MultiBackend};
use crate::types::RowCount;

/// Counts the rows of a query, of which the database reads at most one more than [`RowCount::MAX`].
pub(crate) fn count_rows<Q>(conn: &mut Connection, query: Q) -> QueryResult<RowCount>
where
    Q: LimitDsl,
    Q::Output: QueryFragment<MultiBackend> + QueryId,
{
    Counted(query.limit(RowCount::MAX + 1)).get_result(conn).map(RowCount::of)
}

/// `SELECT COUNT(*)` of a query.
#[derive(Debug, Clone, Copy, QueryId)]
struct Counted<Q>(Q);

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Connection> for Counted<Q> {}
