-- A key that a customer made stays limited to that customer's rows when its user becomes staff or an admin.
-- MySQL cannot be told to add a column unless it exists: an interrupted migration asks first when it runs again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE api_keys
        ADD COLUMN own_only SMALLINT NOT NULL DEFAULT 0,
        ADD CONSTRAINT api_keys_own_only_check CHECK (own_only IN (0, 1))', 'DO 0')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'api_keys' AND column_name = 'own_only'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
UPDATE api_keys SET own_only = 1 WHERE user_id IN (SELECT id FROM users WHERE role = 'customer');
