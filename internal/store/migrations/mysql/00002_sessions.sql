-- +goose Up
-- A signed-in device. ended_at is 0 while it lives. No index has a column that a
-- refresh writes.
CREATE TABLE sessions (
    id              VARCHAR(40) NOT NULL,
    user_id         VARCHAR(40) NOT NULL,
    generation      BIGINT NOT NULL,
    rotated_at      BIGINT NOT NULL,
    salt            VARBINARY(64) NOT NULL,
    created_at      BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ip              VARCHAR(64) NOT NULL,
    user_agent      VARCHAR(255) NOT NULL,
    rotated_ip      VARCHAR(64) NOT NULL,
    rotated_agent   VARCHAR(255) NOT NULL,
    amr             VARCHAR(255) NOT NULL,
    ended_at        BIGINT NOT NULL,
    end_reason      VARCHAR(40) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sessions_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    INDEX sessions_user (user_id, ended_at, created_at),
    INDEX sessions_created (created_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
