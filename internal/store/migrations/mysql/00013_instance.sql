-- +goose Up
-- What the installation knows of itself: one row.
CREATE TABLE instance (
    id           SMALLINT NOT NULL,
    secret_check BLOB,
    PRIMARY KEY (id),
    CONSTRAINT instance_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
