-- +goose Up
-- Lists of superusers, newest first: few of many. It takes the place of
-- users_superuser, which sorts.
CREATE INDEX users_superusers ON users (joined_at, id) WHERE is_superuser = 1;
