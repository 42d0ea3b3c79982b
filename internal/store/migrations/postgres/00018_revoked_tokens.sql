-- +goose Up
-- Refresh tokens that another issuer signed have no session. What is known of one
-- is that it counts no more, until it would have expired: id is its jti.
CREATE TABLE revoked_tokens (
    id         VARCHAR(255) COLLATE "C" NOT NULL,
    user_id    VARCHAR(40) COLLATE "C" NOT NULL,
    session_id VARCHAR(40) COLLATE "C" NOT NULL,
    revoked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    reason     VARCHAR(40) COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
