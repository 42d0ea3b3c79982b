-- +goose Up
-- When a grant ends; 0 for never. See user_roles.
ALTER TABLE user_permissions ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
