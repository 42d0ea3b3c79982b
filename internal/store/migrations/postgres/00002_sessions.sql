-- +goose Up
-- A signed-in device. ended_at is 0 while it lives. No index has a column that a
-- refresh writes.
CREATE TABLE sessions (
    id              VARCHAR(40) COLLATE "C" NOT NULL,
    user_id         VARCHAR(40) COLLATE "C" NOT NULL,
    generation      BIGINT NOT NULL,
    rotated_at      BIGINT NOT NULL,
    salt            BYTEA NOT NULL CHECK (length(salt) <= 64),
    created_at      BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ip              VARCHAR(64) COLLATE "C" NOT NULL,
    user_agent      VARCHAR(255) COLLATE "C" NOT NULL,
    rotated_ip      VARCHAR(64) COLLATE "C" NOT NULL,
    rotated_agent   VARCHAR(255) COLLATE "C" NOT NULL,
    amr             VARCHAR(255) COLLATE "C" NOT NULL,
    ended_at        BIGINT NOT NULL,
    end_reason      VARCHAR(40) COLLATE "C" NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sessions_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX sessions_user ON sessions (user_id, ended_at, created_at);
CREATE INDEX sessions_created ON sessions (created_at, id);
