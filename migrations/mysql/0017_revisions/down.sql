SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE orders DROP COLUMN revision')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'orders' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE categories DROP COLUMN revision')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'categories' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
SET @change = (
    SELECT IF(COUNT(*) = 0, 'DO 0', 'ALTER TABLE users DROP COLUMN revision')
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'revision'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
