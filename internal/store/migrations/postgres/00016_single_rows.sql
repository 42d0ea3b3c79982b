-- +goose Up
INSERT INTO event_head (id, seq) VALUES (1, 0);
INSERT INTO instance (id) VALUES (1);
INSERT INTO setup_link (id, expires_at) VALUES (1, 0);
