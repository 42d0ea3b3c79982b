-- +goose Up
-- The link that makes the first superuser: one row, without a hash while there is
-- no link.
CREATE TABLE setup_link (
    id         INTEGER NOT NULL,
    hash       BLOB CHECK (length(hash) <= 64),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT setup_link_one CHECK (id = 1)
) STRICT, WITHOUT ROWID;
