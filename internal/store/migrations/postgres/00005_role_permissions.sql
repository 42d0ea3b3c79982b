-- +goose Up
-- What a role gives.
CREATE TABLE role_permissions (
    role_id    VARCHAR(40) COLLATE "C" NOT NULL,
    permission VARCHAR(150) COLLATE "C" NOT NULL,
    PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_permissions_permission FOREIGN KEY (permission) REFERENCES permissions (name) ON DELETE CASCADE
);

CREATE INDEX role_permissions_by_permission ON role_permissions (permission, role_id);
