-- The ids of sessions and API keys are never used twice. Without AUTOINCREMENT, SQLite gives the id of the last row to the
-- next one once that row is deleted: whoever still had the id in mind would mean somebody else's session.
CREATE TABLE sessions_with_ids (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL,
    token_hash   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    last_used_at TEXT    NOT NULL,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
INSERT INTO sessions_with_ids (id, user_id, token_hash, created_at, expires_at, last_used_at)
SELECT id, user_id, token_hash, created_at, expires_at, last_used_at FROM sessions ORDER BY id;
DROP TABLE sessions;
ALTER TABLE sessions_with_ids RENAME TO sessions;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE api_keys_with_ids (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
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
INSERT INTO api_keys_with_ids
    (id, user_id, name, token_hash, scopes, created_at, expires_at, revoked_at, last_used_at)
SELECT id, user_id, name, token_hash, scopes, created_at, expires_at, revoked_at, last_used_at FROM api_keys ORDER BY id;
DROP TABLE api_keys;
ALTER TABLE api_keys_with_ids RENAME TO api_keys;
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);

-- One row, which whoever changes or ends a member of the staff or an admin writes first. So these changes come one after the
-- other, on a cluster too, and each sees how many admins the one before has left.
CREATE TABLE staff_changes (
    id      INTEGER NOT NULL PRIMARY KEY,
    changes INTEGER NOT NULL
) STRICT;
INSERT INTO staff_changes (id, changes) VALUES (1, 0);

-- To find the admins among all users.
CREATE INDEX users_admins_idx ON users (id) WHERE role = 'admin';
