-- SQLite alone used the ids of sessions and API keys twice: see its migration. InnoDB keeps its counters.

-- One row, which whoever changes or ends a member of the staff or an admin writes first. So these changes come one after the
-- other, on a cluster too, and each sees how many admins the one before has left.
CREATE TABLE IF NOT EXISTS staff_changes (
    id      BIGINT NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
INSERT IGNORE INTO staff_changes (id, changes) VALUES (1, 0);

-- To find the admins among all users.
-- MySQL cannot be told to create an index unless it exists: an interrupted migration asks first when it runs again.
SET @change = (
    SELECT IF(COUNT(*) = 0, 'ALTER TABLE users ADD INDEX users_role_idx (role, id)', 'DO 0')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'users' AND index_name = 'users_role_idx'
);
PREPARE change_table FROM @change;
EXECUTE change_table;
DEALLOCATE PREPARE change_table;
