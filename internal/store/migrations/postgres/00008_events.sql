-- +goose Up
-- The log. A row has no seq and no mac until it is sealed, and never changes after
-- that. It outlives what it speaks of, so it has no foreign keys.
CREATE TABLE events (
    id           VARCHAR(40) COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   VARCHAR(20) COLLATE "C" NOT NULL,
    actor_id     VARCHAR(40) COLLATE "C" NOT NULL,
    actor_name   VARCHAR(255) COLLATE "C" NOT NULL,
    action       VARCHAR(60) COLLATE "C" NOT NULL,
    subject_kind VARCHAR(20) COLLATE "C" NOT NULL,
    subject_id   VARCHAR(150) COLLATE "C" NOT NULL,
    subject_name VARCHAR(255) COLLATE "C" NOT NULL,
    ip           VARCHAR(64) COLLATE "C" NOT NULL,
    user_agent   VARCHAR(255) COLLATE "C" NOT NULL,
    request_id   VARCHAR(128) COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL,
    seq          BIGINT,
    mac          BYTEA CHECK (length(mac) <= 64),
    PRIMARY KEY (id),
    CONSTRAINT events_seq UNIQUE (seq)
);

CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_subject ON events (subject_kind, subject_id, at);
CREATE INDEX events_actor ON events (actor_id, at);
CREATE INDEX events_action ON events (action, at);
CREATE INDEX events_unsealed ON events (id) WHERE seq IS NULL;
