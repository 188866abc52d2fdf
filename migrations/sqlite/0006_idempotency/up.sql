-- Which request a client has already made: written in the transaction that the key protects.
-- The scope is the operation; request_hash tells a retry from another request; resource is the id of what was made.
CREATE TABLE idempotency_keys (
    id           INTEGER NOT NULL PRIMARY KEY,
    scope        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    resource     INTEGER NOT NULL,
    created_at   TEXT    NOT NULL,
    CONSTRAINT idempotency_keys_scope_key_key UNIQUE (scope, key)
) STRICT;
