-- Who may do what, and how they prove who they are. A user without a password cannot log in.
-- Secrets are never stored: password_hash is Argon2id in PHC form; tokens are random, so SHA-256 (hex) is enough for them.
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'customer'
    CONSTRAINT users_role_check CHECK (role IN ('customer', 'staff', 'admin'));
ALTER TABLE users ADD COLUMN password_hash TEXT;

-- Who is logged in. Logging out deletes the row; so does a new password, and disabling the user.
CREATE TABLE sessions (
    id           INTEGER NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL,
    token_hash   TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    last_used_at TEXT    NOT NULL,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

-- What programs log in with. scopes are words with a space between them; a key that was revoked stays, to be seen.
CREATE TABLE api_keys (
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
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);
