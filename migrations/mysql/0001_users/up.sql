-- Who buys. E-mail addresses are stored trimmed and in lower case, and compared byte by byte.
-- Times are UTC with microseconds; utf8mb4_bin sorts text by code point, as on the other engines.
-- MySQL commits after every CREATE, so each one is repeatable: an interrupted migration can run again.
CREATE TABLE IF NOT EXISTS users (
    id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email      VARCHAR(254) NOT NULL,
    first_name VARCHAR(100) NOT NULL,
    last_name  VARCHAR(100) NOT NULL,
    status     VARCHAR(16)  NOT NULL DEFAULT 'active',
    created_at DATETIME(6)  NOT NULL,
    updated_at DATETIME(6)  NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
