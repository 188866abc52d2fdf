DROP TABLE IF EXISTS inventory_movements;
DROP TABLE IF EXISTS inventory;
