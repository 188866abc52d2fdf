PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
    'role = ''customer'' OR role = ''staff'' OR role = ''admin''',
    'role IN (''customer'', ''staff'', ''admin'')')
WHERE type = 'table' AND name = 'users';
UPDATE sqlite_schema SET sql = replace(sql,
    'status = ''completed'' OR status = ''pending'' OR status = ''cancelled'' OR status = ''refunded''',
    'status IN (''pending'', ''completed'', ''refunded'', ''cancelled'')')
WHERE type = 'table' AND name = 'orders';
UPDATE sqlite_schema SET sql = replace(sql,
    'reason = ''sale'' OR reason = ''restock'' OR reason = ''cancel'' OR reason = ''return'' OR reason = ''initial'' OR reason = ''adjustment''',
    'reason IN (''initial'', ''sale'', ''cancel'', ''return'', ''restock'', ''adjustment'')')
WHERE type = 'table' AND name = 'inventory_movements';
UPDATE sqlite_schema SET sql = replace(replace(sql,
    'method = ''card'' OR method = ''paypal'' OR method = ''bank_transfer'' OR method = ''cash''',
    'method IN (''card'', ''paypal'', ''bank_transfer'', ''cash'')'),
    'status = ''paid'' OR status = ''failed'' OR status = ''pending'' OR status = ''refunded''',
    'status IN (''pending'', ''paid'', ''failed'', ''refunded'')')
WHERE type = 'table' AND name = 'payments';
UPDATE sqlite_schema SET sql = replace(sql, 'sign BETWEEN -1 AND 1', 'sign IN (-1, 0, 1)')
WHERE type = 'table' AND name = 'sales_events';
PRAGMA writable_schema = RESET;
