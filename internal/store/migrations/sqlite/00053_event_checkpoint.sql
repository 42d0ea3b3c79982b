-- +goose Up
-- Where the kept log begins: one row. Everything to seq was removed, mac is that of
-- the event with this number, and signature a MAC over all of it.
CREATE TABLE event_checkpoint (
    id        INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    mac       BLOB CHECK (length(mac) <= 64),
    at        INTEGER NOT NULL,
    removed   INTEGER NOT NULL,
    signature BLOB CHECK (length(signature) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT event_checkpoint_one CHECK (id = 1)
) STRICT, WITHOUT ROWID;
