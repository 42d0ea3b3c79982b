-- +goose Up
-- See user_roles_ending.
CREATE INDEX user_permissions_ending ON user_permissions (ends_at);
