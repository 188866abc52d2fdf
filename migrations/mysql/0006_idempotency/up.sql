-- Which request a client has already made: written in the transaction that the key protects.
-- The scope is the operation; request_hash tells a retry from another request; resource is the id of what was made.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    scope        VARCHAR(64)  NOT NULL,
    `key`        VARCHAR(255) NOT NULL,
    request_hash CHAR(64)     NOT NULL,
    resource     BIGINT       NOT NULL,
    created_at   DATETIME(6)  NOT NULL,
    CONSTRAINT idempotency_keys_scope_key_key UNIQUE (scope, `key`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
