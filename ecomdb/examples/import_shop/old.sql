CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL, stock INTEGER);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, user_id INTEGER, product_id INTEGER, quantity INTEGER, price REAL, ordered_at TEXT, paid INTEGER
);

INSERT INTO users VALUES
    (1, 'Ada Lovelace', 'ada@example.com'),
    (2, 'Grace Brewster Hopper', 'grace@example.com'),
    (3, 'Ada Lovelace', 'ADA@example.com'),
    (4, 'Nobody', 'no address');

INSERT INTO products VALUES
    (1, 'Desk lamp', 29.99, 7),
    (2, 'Candle', 0.1 + 0.2, 100),
    (3, 'Wick', 1.005, 0),
    (4, 'Voucher', -5.0, 10),
    (5, 'Matches', 0.5, -2);

INSERT INTO orders VALUES
    (1, 1, 1, 2, 24.99, '2024-03-01 09:30:00', 1),
    (2, 2, 2, 10, 0.1 + 0.2, '2024-03-02 18:00:00', 1),
    (3, 3, 1, 1, 29.99, '2024-11-29 08:15:00', 1),
    (4, 2, 3, 3, 1.005, '2025-01-10 12:00:00', 0),
    (5, 9, 1, 1, 29.99, '2025-01-11 12:00:00', 1),
    (6, 1, 1, 0, 29.99, '2025-01-12 12:00:00', 1),
    (7, 1, 4, 1, -5.0, '2025-01-13 12:00:00', 1),
    (8, 1, 2, 1, 0.3, 'yesterday', 1);
