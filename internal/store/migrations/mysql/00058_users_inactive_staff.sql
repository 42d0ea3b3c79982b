-- +goose Up
-- Lists of staff who may not sign in, newest first: few of few.
CREATE INDEX users_inactive_staff ON users (is_staff, is_active, joined_at, id);
