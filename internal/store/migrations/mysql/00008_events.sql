-- +goose Up
-- The log. A row has no seq and no mac until it is sealed, and never changes after
-- that. It outlives what it speaks of, so it has no foreign keys.
CREATE TABLE events (
    id           VARCHAR(40) NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   VARCHAR(20) NOT NULL,
    actor_id     VARCHAR(40) NOT NULL,
    actor_name   VARCHAR(255) NOT NULL,
    action       VARCHAR(60) NOT NULL,
    subject_kind VARCHAR(20) NOT NULL,
    subject_id   VARCHAR(150) NOT NULL,
    subject_name VARCHAR(255) NOT NULL,
    ip           VARCHAR(64) NOT NULL,
    user_agent   VARCHAR(255) NOT NULL,
    request_id   VARCHAR(128) NOT NULL,
    detail       MEDIUMTEXT NOT NULL,
    seq          BIGINT,
    mac          VARBINARY(64),
    PRIMARY KEY (id),
    CONSTRAINT events_seq UNIQUE (seq),
    INDEX events_at (at, id),
    INDEX events_subject (subject_kind, subject_id, at),
    INDEX events_actor (actor_id, at),
    INDEX events_action (action, at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
