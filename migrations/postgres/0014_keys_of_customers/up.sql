-- A key that a customer made stays limited to that customer's rows when its user becomes staff or an admin.
ALTER TABLE api_keys ADD COLUMN own_only SMALLINT NOT NULL DEFAULT 0
    CONSTRAINT api_keys_own_only_check CHECK (own_only IN (0, 1));
UPDATE api_keys SET own_only = 1 WHERE user_id IN (SELECT id FROM users WHERE role = 'customer');
