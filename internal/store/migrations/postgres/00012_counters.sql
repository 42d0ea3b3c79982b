-- +goose Up
-- The numbers that only ever rise.
CREATE TABLE counters (
    name  VARCHAR(40) COLLATE "C" NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
);
