-- Who may do what, and how they prove who they are. A user without a password cannot log in.
-- Secrets are never stored: password_hash is Argon2id in PHC form; tokens are random, so SHA-256 (hex) is enough for them.

-- Who is logged in. Logging out deletes the row; so does a new password, and disabling the user.
CREATE TABLE IF NOT EXISTS sessions (
    id           BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT      NOT NULL,
    token_hash   CHAR(64)    NOT NULL,
    created_at   DATETIME(6) NOT NULL,
    expires_at   DATETIME(6) NOT NULL,
    last_used_at DATETIME(6) NOT NULL,
    INDEX sessions_user_id_idx (user_id),
    INDEX sessions_expires_at_idx (expires_at),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What programs log in with. scopes are words with a space between them; a key that was revoked stays, to be seen.
CREATE TABLE IF NOT EXISTS api_keys (
    id           BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id      BIGINT        NOT NULL,
    name         VARCHAR(100)  NOT NULL,
    token_hash   CHAR(64)      NOT NULL,
    scopes       VARCHAR(1000) NOT NULL,
    created_at   DATETIME(6)   NOT NULL,
    expires_at   DATETIME(6),
    revoked_at   DATETIME(6),
    last_used_at DATETIME(6),
    INDEX api_keys_user_id_idx (user_id, id),
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Repeatable like the above; only MariaDB knows ADD COLUMN IF NOT EXISTS.
SET @lacks_role = NOT EXISTS (
    SELECT * FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'role'
);
SET @statement = IF(@lacks_role, 'ALTER TABLE users
    ADD COLUMN role VARCHAR(16) NOT NULL DEFAULT ''customer'',
    ADD COLUMN password_hash VARCHAR(255),
    ADD CONSTRAINT users_role_check CHECK (role IN (''customer'', ''staff'', ''admin''))', 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
