-- +goose Up
-- What an event revokes, until no token can be concerned any more. until_at is 0
-- where that never comes.
CREATE TABLE cutoffs (
    event_id    VARCHAR(40) NOT NULL,
    kind        VARCHAR(20) NOT NULL,
    target      VARCHAR(150) NOT NULL,
    min_version BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    reason      VARCHAR(60) NOT NULL,
    PRIMARY KEY (event_id),
    INDEX cutoffs_until (until_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
