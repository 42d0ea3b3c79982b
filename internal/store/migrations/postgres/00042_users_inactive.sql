-- +goose Up
-- Lists of those who may not sign in, newest first: few of many.
CREATE INDEX users_inactive ON users (joined_at, id) WHERE is_active = 0;
