-- +goose Up
-- One-time links to a new password: one for each account, of which the hash is kept.
-- A link is good while the account, and who made it, have these rights versions.
-- The giver is empty for the command line.
CREATE TABLE reset_links (
    user_id        VARCHAR(40) NOT NULL,
    hash           VARBINARY(64) NOT NULL,
    rights_version BIGINT NOT NULL,
    giver_id       VARCHAR(40) NOT NULL,
    giver_version  BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (user_id),
    CONSTRAINT reset_links_hash UNIQUE (hash),
    CONSTRAINT reset_links_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    INDEX reset_links_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
