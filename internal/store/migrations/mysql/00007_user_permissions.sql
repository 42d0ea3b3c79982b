-- +goose Up
-- What is granted to an account directly.
CREATE TABLE user_permissions (
    user_id    VARCHAR(40) NOT NULL,
    permission VARCHAR(150) NOT NULL,
    PRIMARY KEY (user_id, permission),
    CONSTRAINT user_permissions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_permissions_permission FOREIGN KEY (permission) REFERENCES permissions (name) ON DELETE CASCADE,
    INDEX user_permissions_by_permission (permission, user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
