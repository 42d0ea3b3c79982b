-- +goose Up
-- Lists of staff who may not sign in, newest first: few of few.
CREATE INDEX users_inactive_staff ON users (joined_at, id) WHERE is_staff = 1 AND is_active = 0;
