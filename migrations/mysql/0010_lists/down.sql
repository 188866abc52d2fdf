SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE payments DROP INDEX payments_status_idx')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'payments' AND index_name = 'payments_status_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE products DROP INDEX products_name_idx, DROP INDEX products_price_idx, DROP INDEX products_created_at_idx')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'products' AND index_name = 'products_name_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
