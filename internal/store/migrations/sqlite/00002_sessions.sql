-- +goose Up
-- A signed-in device. ended_at is 0 while it lives. No index has a column that a
-- refresh writes.
CREATE TABLE sessions (
    id              TEXT NOT NULL CHECK (length(id) <= 40),
    user_id         TEXT NOT NULL CHECK (length(user_id) <= 40),
    generation      INTEGER NOT NULL,
    rotated_at      INTEGER NOT NULL,
    salt            BLOB NOT NULL CHECK (length(salt) <= 64),
    created_at      INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    ip              TEXT NOT NULL CHECK (length(ip) <= 64),
    user_agent      TEXT NOT NULL CHECK (length(user_agent) <= 255),
    rotated_ip      TEXT NOT NULL CHECK (length(rotated_ip) <= 64),
    rotated_agent   TEXT NOT NULL CHECK (length(rotated_agent) <= 255),
    amr             TEXT NOT NULL CHECK (length(amr) <= 255),
    ended_at        INTEGER NOT NULL,
    end_reason      TEXT NOT NULL CHECK (length(end_reason) <= 40),
    PRIMARY KEY (id),
    CONSTRAINT sessions_of FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_user ON sessions (user_id, ended_at, created_at);
CREATE INDEX sessions_created ON sessions (created_at, id);
