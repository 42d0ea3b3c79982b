-- +goose Up
-- How often what an account shows has changed. A version of the program that does
-- not know the column changes accounts without it.
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
