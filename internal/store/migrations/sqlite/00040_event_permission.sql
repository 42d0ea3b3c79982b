-- +goose Up
-- The permission that opens the event log.
INSERT INTO permissions (name, description, created_at) VALUES
    ('countersign.view_event', 'See and export the event log', 1767225600016);
