-- +goose Up
-- The end of the sealed log: one row.
CREATE TABLE event_head (
    id  SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    mac VARBINARY(64),
    PRIMARY KEY (id),
    CONSTRAINT event_head_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
