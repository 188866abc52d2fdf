SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE api_keys DROP CONSTRAINT api_keys_own_only_check, DROP COLUMN own_only')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'api_keys' AND column_name = 'own_only'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
