-- Idempotency keys are kept for a settable time. Those that are too old are found by this index, and deleted.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
