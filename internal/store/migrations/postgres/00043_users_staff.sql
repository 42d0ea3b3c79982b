-- +goose Up
-- Lists of staff, newest first: few of many.
CREATE INDEX users_staff ON users (joined_at, id) WHERE is_staff = 1;
