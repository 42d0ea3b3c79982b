-- +goose Up
-- What a role gives.
CREATE TABLE role_permissions (
    role_id    VARCHAR(40) NOT NULL,
    permission VARCHAR(150) NOT NULL,
    PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_permissions_permission FOREIGN KEY (permission) REFERENCES permissions (name) ON DELETE CASCADE,
    INDEX role_permissions_by_permission (permission, role_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
