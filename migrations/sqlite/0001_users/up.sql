-- Who buys. E-mail addresses are stored trimmed and in lower case, and compared byte by byte.
-- Times are UTC text of fixed width, 'YYYY-MM-DD HH:MM:SS.ffffff', so that they sort as they read.
CREATE TABLE users (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email      TEXT    NOT NULL,
    first_name TEXT    NOT NULL,
    last_name  TEXT    NOT NULL,
    status     TEXT    NOT NULL DEFAULT 'active',
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled'))
) STRICT;
