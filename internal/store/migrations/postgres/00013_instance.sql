-- +goose Up
-- What the installation knows of itself: one row.
CREATE TABLE instance (
    id           SMALLINT NOT NULL,
    secret_check BYTEA,
    PRIMARY KEY (id),
    CONSTRAINT instance_one CHECK (id = 1)
);
