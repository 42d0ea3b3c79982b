-- +goose Up
-- Lists of superusers, newest first: few of many. It takes the place of
-- users_superuser, which sorts.
CREATE INDEX users_superusers ON users (is_superuser, joined_at, id);
