DROP TABLE IF EXISTS api_keys;
DROP TABLE IF EXISTS sessions;
SET @has_role = EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'role'
);
SET @statement = IF(@has_role, 'ALTER TABLE users
    DROP CONSTRAINT users_role_check, DROP COLUMN password_hash, DROP COLUMN role', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
