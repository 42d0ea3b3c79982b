-- +goose Up
-- One-time links to a new password: one for each account, of which the hash is kept.
-- A link is good while the account, and who made it, have these rights versions.
-- The giver is empty for the command line.
CREATE TABLE reset_links (
    user_id        TEXT NOT NULL CHECK (length(user_id) <= 40),
    hash           BLOB NOT NULL CHECK (length(hash) <= 64),
    rights_version INTEGER NOT NULL,
    giver_id       TEXT NOT NULL CHECK (length(giver_id) <= 40),
    giver_version  INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT reset_links_hash UNIQUE (hash),
    CONSTRAINT reset_links_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX reset_links_expiry ON reset_links (expires_at);
