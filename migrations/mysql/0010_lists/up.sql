-- For the orders that products can be listed in, and for payments by status. Each ends with the id, which makes every row's
-- place its own.
-- MySQL cannot be told to create an index unless it exists: an interrupted migration asks first when it runs again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE products ADD INDEX products_name_idx (name, id), ADD INDEX products_price_idx (price, id), ADD INDEX products_created_at_idx (created_at, id)', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'products' AND index_name = 'products_name_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE payments ADD INDEX payments_status_idx (status, id)', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_status_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
