-- +goose Up
-- Refresh tokens that another issuer signed have no session. What is known of one
-- is that it counts no more, until it would have expired: id is its jti.
CREATE TABLE revoked_tokens (
    id         TEXT NOT NULL CHECK (length(id) <= 255),
    user_id    TEXT NOT NULL CHECK (length(user_id) <= 40),
    session_id TEXT NOT NULL CHECK (length(session_id) <= 40),
    revoked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    reason     TEXT NOT NULL CHECK (length(reason) <= 40),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
