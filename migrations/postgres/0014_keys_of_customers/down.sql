ALTER TABLE api_keys DROP COLUMN own_only;
