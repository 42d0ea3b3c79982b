-- +goose Up
-- What ends, for the removal of what has ended: few of many.
CREATE INDEX user_roles_ending ON user_roles (ends_at) WHERE ends_at > 0;
