-- +goose Up
-- The log. A row has no seq and no mac until it is sealed, and never changes after
-- that. It outlives what it speaks of, so it has no foreign keys.
CREATE TABLE events (
    id           TEXT NOT NULL CHECK (length(id) <= 40),
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL CHECK (length(actor_kind) <= 20),
    actor_id     TEXT NOT NULL CHECK (length(actor_id) <= 40),
    actor_name   TEXT NOT NULL CHECK (length(actor_name) <= 255),
    action       TEXT NOT NULL CHECK (length(action) <= 60),
    subject_kind TEXT NOT NULL CHECK (length(subject_kind) <= 20),
    subject_id   TEXT NOT NULL CHECK (length(subject_id) <= 150),
    subject_name TEXT NOT NULL CHECK (length(subject_name) <= 255),
    ip           TEXT NOT NULL CHECK (length(ip) <= 64),
    user_agent   TEXT NOT NULL CHECK (length(user_agent) <= 255),
    request_id   TEXT NOT NULL CHECK (length(request_id) <= 128),
    detail       TEXT NOT NULL,
    seq          INTEGER,
    mac          BLOB CHECK (length(mac) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT events_seq UNIQUE (seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_subject ON events (subject_kind, subject_id, at);
CREATE INDEX events_actor ON events (actor_id, at);
CREATE INDEX events_action ON events (action, at);
