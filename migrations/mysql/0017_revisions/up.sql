-- A counter in each row that is locked to decide about other rows: the payments of an order, the sessions and API keys of a user,
-- what is above a category. Whoever takes such a lock writes the counter. A lock alone is unknown to the other nodes of a
-- cluster, and is forgotten at snapshot isolation when its transaction ends; of two transactions that write a row, one fails
-- and runs again.
--
-- MySQL cannot be told to add a column unless it exists: an interrupted migration asks first when it runs again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE users ADD COLUMN revision BIGINT NOT NULL DEFAULT 0', 'DO 0')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE categories ADD COLUMN revision BIGINT NOT NULL DEFAULT 0', 'DO 0')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'categories' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE orders ADD COLUMN revision BIGINT NOT NULL DEFAULT 0', 'DO 0')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'orders' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
