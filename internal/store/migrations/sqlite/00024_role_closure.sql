-- +goose Up
-- Which roles a role includes, directly or by another one: kept by each edit of
-- role_inclusions.
CREATE TABLE role_closure (
    role_id     TEXT NOT NULL CHECK (length(role_id) <= 40),
    included_id TEXT NOT NULL CHECK (length(included_id) <= 40),
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_closure_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_closure_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX role_closure_by_included ON role_closure (included_id, role_id);
