-- +goose Up
-- The link that makes the first superuser: one row, without a hash while there is
-- no link.
CREATE TABLE setup_link (
    id         SMALLINT NOT NULL,
    hash       BYTEA CHECK (length(hash) <= 64),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT setup_link_one CHECK (id = 1)
);
