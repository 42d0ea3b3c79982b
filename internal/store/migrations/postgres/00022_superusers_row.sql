-- +goose Up
-- How often a superuser was ended. Who ends one takes this row.
INSERT INTO counters (name, value) VALUES ('superusers', 0);
