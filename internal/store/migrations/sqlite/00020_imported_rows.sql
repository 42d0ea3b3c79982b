-- +goose Up
-- What was made of the rows of another service's database: target_id is what a row
-- became here, and fields are digests of its values as they were written. A row of
-- this table outlives what was made, so that it is not made again.
CREATE TABLE imported_rows (
    source    TEXT NOT NULL CHECK (length(source) <= 40),
    kind      TEXT NOT NULL CHECK (length(kind) <= 20),
    source_id TEXT NOT NULL CHECK (length(source_id) <= 40),
    target_id TEXT NOT NULL CHECK (length(target_id) <= 150),
    fields    BLOB NOT NULL CHECK (length(fields) <= 255),
    PRIMARY KEY (source, kind, source_id)
) STRICT, WITHOUT ROWID;
