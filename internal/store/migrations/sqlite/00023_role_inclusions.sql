-- +goose Up
-- Which roles a role includes directly.
CREATE TABLE role_inclusions (
    role_id     TEXT NOT NULL CHECK (length(role_id) <= 40),
    included_id TEXT NOT NULL CHECK (length(included_id) <= 40),
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_inclusions_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_inclusions_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX role_inclusions_by_included ON role_inclusions (included_id, role_id);
