-- +goose Up
INSERT INTO counters (name, value) VALUES
    ('users', 0),
    ('access_version', 0),
    ('keyring', 0);
