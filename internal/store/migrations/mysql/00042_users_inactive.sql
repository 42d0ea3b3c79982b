-- +goose Up
-- Lists of those who may not sign in, newest first: few of many.
CREATE INDEX users_inactive ON users (is_active, joined_at, id);
