SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE idempotency_keys DROP INDEX idempotency_keys_created_at_idx')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'idempotency_keys' AND index_name = 'idempotency_keys_created_at_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
