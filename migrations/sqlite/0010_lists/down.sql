DROP INDEX payments_status_idx;
DROP INDEX products_created_at_idx;
DROP INDEX products_price_idx;
DROP INDEX products_name_idx;
