-- +goose Up
-- A declared permission, "app.action".
CREATE TABLE permissions (
    name        VARCHAR(150) COLLATE "C" NOT NULL,
    description VARCHAR(255) COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE INDEX permissions_created ON permissions (created_at, name);
