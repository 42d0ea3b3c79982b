-- +goose Up
-- Where the kept log begins: one row. Everything to seq was removed, mac is that of
-- the event with this number, and signature a MAC over all of it.
CREATE TABLE event_checkpoint (
    id        SMALLINT NOT NULL,
    seq       BIGINT NOT NULL,
    mac       BYTEA CHECK (length(mac) <= 64),
    at        BIGINT NOT NULL,
    removed   BIGINT NOT NULL,
    signature BYTEA CHECK (length(signature) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT event_checkpoint_one CHECK (id = 1)
);
