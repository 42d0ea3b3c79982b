-- +goose Up
-- The one audience in whose tokens the role counts, empty for every one. A version of
-- the program that does not know the column lists the role in all of them.
ALTER TABLE roles ADD COLUMN audience VARCHAR(255) COLLATE "C" NOT NULL DEFAULT '';
