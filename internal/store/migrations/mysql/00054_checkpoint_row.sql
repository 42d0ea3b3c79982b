-- +goose Up
INSERT INTO event_checkpoint (id, seq, at, removed) VALUES (1, 0, 0, 0);
