-- SQLite alone used the ids of sessions and API keys twice: see its migration. A sequence never goes back.

-- One row, which whoever changes or ends a member of the staff or an admin writes first. So these changes come one after the
-- other, on a cluster too, and each sees how many admins the one before has left.
CREATE TABLE staff_changes (
    id      BIGINT NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
);
INSERT INTO staff_changes (id, changes) VALUES (1, 0);

-- To find the admins among all users.
CREATE INDEX users_admins_idx ON users (id) WHERE role = 'admin';
