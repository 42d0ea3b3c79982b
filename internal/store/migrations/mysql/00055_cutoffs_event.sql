-- +goose Up
-- What a cut-off needs of its event once that was removed. A version of the program
-- that does not know the columns removes no events.
ALTER TABLE cutoffs ADD COLUMN event_seq BIGINT, ADD COLUMN event_at BIGINT;
