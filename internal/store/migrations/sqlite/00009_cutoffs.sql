-- +goose Up
-- What an event revokes, until no token can be concerned any more. until_at is 0
-- where that never comes.
CREATE TABLE cutoffs (
    event_id    TEXT NOT NULL CHECK (length(event_id) <= 40),
    kind        TEXT NOT NULL CHECK (length(kind) <= 20),
    target      TEXT NOT NULL CHECK (length(target) <= 150),
    min_version INTEGER NOT NULL,
    until_at    INTEGER NOT NULL,
    reason      TEXT NOT NULL CHECK (length(reason) <= 60),
    PRIMARY KEY (event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX cutoffs_until ON cutoffs (until_at);
