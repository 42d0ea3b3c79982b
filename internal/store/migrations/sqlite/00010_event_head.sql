-- +goose Up
-- The end of the sealed log: one row.
CREATE TABLE event_head (
    id  INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    mac BLOB CHECK (length(mac) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT event_head_one CHECK (id = 1)
) STRICT, WITHOUT ROWID;
