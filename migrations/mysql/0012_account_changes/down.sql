SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE users DROP INDEX users_role_idx')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'users' AND index_name = 'users_role_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
DROP TABLE IF EXISTS staff_changes;
