-- SQLite alone evaluates a CHECK with IN at a cost: see its migration. Here there is nothing to change.
DO 0;
