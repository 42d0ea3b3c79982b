-- +goose Up
-- What the installation knows of itself: one row.
CREATE TABLE instance (
    id           INTEGER NOT NULL,
    secret_check BLOB,
    PRIMARY KEY (id),
    CONSTRAINT instance_one CHECK (id = 1)
) STRICT, WITHOUT ROWID;
