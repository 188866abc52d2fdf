-- For the orders that products can be listed in, and for payments by status. Each ends with the id, which makes every row's
-- place its own.
CREATE INDEX products_name_idx ON products (name, id);
CREATE INDEX products_price_idx ON products (price, id);
CREATE INDEX products_created_at_idx ON products (created_at, id);
CREATE INDEX payments_status_idx ON payments (status, id);
