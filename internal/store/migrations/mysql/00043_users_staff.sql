-- +goose Up
-- Lists of staff, newest first: few of many.
CREATE INDEX users_staff ON users (is_staff, joined_at, id);
