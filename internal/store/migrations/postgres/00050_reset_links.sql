-- +goose Up
-- One-time links to a new password: one for each account, of which the hash is kept.
-- A link is good while the account, and who made it, have these rights versions.
-- The giver is empty for the command line.
CREATE TABLE reset_links (
    user_id        VARCHAR(40) COLLATE "C" NOT NULL,
    hash           BYTEA NOT NULL CHECK (length(hash) <= 64),
    rights_version BIGINT NOT NULL,
    giver_id       VARCHAR(40) COLLATE "C" NOT NULL,
    giver_version  BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT reset_links_hash UNIQUE (hash),
    CONSTRAINT reset_links_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX reset_links_expiry ON reset_links (expires_at);
