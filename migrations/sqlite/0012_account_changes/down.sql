DROP INDEX users_admins_idx;
DROP TABLE staff_changes;

CREATE TABLE api_keys_before (
    id           INTEGER NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT,
    revoked_at   TEXT,
    last_used_at TEXT,
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
INSERT INTO api_keys_before
    (id, user_id, name, token_hash, scopes, created_at, expires_at, revoked_at, last_used_at)
SELECT id, user_id, name, token_hash, scopes, created_at, expires_at, revoked_at, last_used_at FROM api_keys;
DROP TABLE api_keys;
ALTER TABLE api_keys_before RENAME TO api_keys;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);

CREATE TABLE sessions_before (
    id           INTEGER NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL,
    token_hash   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    last_used_at TEXT    NOT NULL,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
INSERT INTO sessions_before (id, user_id, token_hash, created_at, expires_at, last_used_at)
SELECT id, user_id, token_hash, created_at, expires_at, last_used_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_before RENAME TO sessions;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
