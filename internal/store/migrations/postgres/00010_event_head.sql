-- +goose Up
-- The end of the sealed log: one row.
CREATE TABLE event_head (
    id  SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    mac BYTEA CHECK (length(mac) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT event_head_one CHECK (id = 1)
);
