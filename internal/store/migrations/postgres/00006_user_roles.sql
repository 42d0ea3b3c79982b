-- +goose Up
-- Who has a role.
CREATE TABLE user_roles (
    user_id VARCHAR(40) COLLATE "C" NOT NULL,
    role_id VARCHAR(40) COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role_id),
    CONSTRAINT user_roles_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_roles_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
);

CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id);
