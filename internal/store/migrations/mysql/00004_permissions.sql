-- +goose Up
-- A declared permission, "app.action".
CREATE TABLE permissions (
    name        VARCHAR(150) NOT NULL,
    description VARCHAR(255) NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (name),
    INDEX permissions_created (created_at, name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
