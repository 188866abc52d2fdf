"""A realistic shop in a database, the same one each time, in five lines."""

import ecomdb

with ecomdb.connect("sqlite://shop.db") as db:
    db.generate(users=1_000, products=200, orders=5_000, seed=42, progress=True)
    print(db.analytics.total_revenue()[0], db.check().is_clean)
