ALTER TABLE orders DROP COLUMN revision;
ALTER TABLE categories DROP COLUMN revision;
ALTER TABLE users DROP COLUMN revision;
