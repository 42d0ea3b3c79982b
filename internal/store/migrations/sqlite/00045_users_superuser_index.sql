-- +goose Up
-- See users_superusers.
DROP INDEX users_superuser;
