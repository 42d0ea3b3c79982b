-- +goose Up
-- A declared permission, "app.action".
CREATE TABLE permissions (
    name        TEXT NOT NULL CHECK (length(name) <= 150),
    description TEXT NOT NULL CHECK (length(description) <= 255),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE INDEX permissions_created ON permissions (created_at, name);
