-- +goose Up
-- Refresh tokens that another issuer signed have no session. What is known of one
-- is that it counts no more, until it would have expired: id is its jti.
CREATE TABLE revoked_tokens (
    id         VARCHAR(255) NOT NULL,
    user_id    VARCHAR(40) NOT NULL,
    session_id VARCHAR(40) NOT NULL,
    revoked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    reason     VARCHAR(40) NOT NULL,
    PRIMARY KEY (id),
    INDEX revoked_tokens_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
