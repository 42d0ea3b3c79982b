-- +goose Up
-- How often what a role is itself has changed: what it is called, what it is bound to,
-- its own permissions and its direct inclusions. A version of the program that does not
-- know the column changes roles without it.
ALTER TABLE roles ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
