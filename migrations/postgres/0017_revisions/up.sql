-- A counter in each row that is locked to decide about other rows: the payments of an order, the sessions and API keys of a user,
-- what is above a category. Whoever takes such a lock writes the counter. A lock alone is unknown to the other nodes of a
-- cluster, and is forgotten at snapshot isolation when its transaction ends; of two transactions that write a row, one fails
-- and runs again.
ALTER TABLE users ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE categories ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
