-- Idempotency keys are kept for a settable time. Those that are too old are found by this index, and deleted.
-- MySQL cannot be told to create an index unless it exists: an interrupted migration asks first when it runs again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE idempotency_keys ADD INDEX idempotency_keys_created_at_idx (created_at)', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'idempotency_keys' AND index_name = 'idempotency_keys_created_at_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
