-- +goose Up
-- What an event revokes, until no token can be concerned any more. until_at is 0
-- where that never comes.
CREATE TABLE cutoffs (
    event_id    VARCHAR(40) COLLATE "C" NOT NULL,
    kind        VARCHAR(20) COLLATE "C" NOT NULL,
    target      VARCHAR(150) COLLATE "C" NOT NULL,
    min_version BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    reason      VARCHAR(60) COLLATE "C" NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE INDEX cutoffs_until ON cutoffs (until_at);
