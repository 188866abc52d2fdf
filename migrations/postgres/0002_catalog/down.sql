DROP TABLE price_changes;
DROP TABLE products;
DROP TABLE categories;
