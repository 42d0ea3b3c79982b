-- +goose Up
-- When an account has a role no more; 0 for never. A version of the program that
-- does not know the column gives roles without an end.
ALTER TABLE user_roles ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
