-- +goose Up
-- What is granted to an account directly.
CREATE TABLE user_permissions (
    user_id    TEXT NOT NULL CHECK (length(user_id) <= 40),
    permission TEXT NOT NULL CHECK (length(permission) <= 150),
    PRIMARY KEY (user_id, permission),
    CONSTRAINT user_permissions_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_permissions_permission FOREIGN KEY (permission) REFERENCES permissions (name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX user_permissions_by_permission ON user_permissions (permission, user_id);
