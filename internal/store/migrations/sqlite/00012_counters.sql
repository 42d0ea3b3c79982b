-- +goose Up
-- The numbers that only ever rise.
CREATE TABLE counters (
    name  TEXT NOT NULL CHECK (length(name) <= 40),
    value INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
