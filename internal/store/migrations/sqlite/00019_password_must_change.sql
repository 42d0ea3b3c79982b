-- +goose Up
-- A password that is known to others than its owner: one that was given out. A
-- version of the program that does not know the column writes accounts without it.
ALTER TABLE users ADD COLUMN password_must_change INTEGER NOT NULL DEFAULT 0 CHECK (password_must_change IN (0, 1));
