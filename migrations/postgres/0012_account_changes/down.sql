DROP INDEX users_admins_idx;
DROP TABLE staff_changes;
