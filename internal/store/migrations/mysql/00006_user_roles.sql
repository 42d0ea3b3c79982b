-- +goose Up
-- Who has a role.
CREATE TABLE user_roles (
    user_id VARCHAR(40) NOT NULL,
    role_id VARCHAR(40) NOT NULL,
    PRIMARY KEY (user_id, role_id),
    CONSTRAINT user_roles_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_roles_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    INDEX user_roles_by_role (role_id, user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
