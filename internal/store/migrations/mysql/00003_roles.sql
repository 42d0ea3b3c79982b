-- +goose Up
-- A named set of permissions. search_text is the name in lower case.
CREATE TABLE roles (
    id          VARCHAR(40) NOT NULL,
    name        VARCHAR(150) NOT NULL,
    search_text VARCHAR(150) NOT NULL,
    description VARCHAR(255) NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT roles_name UNIQUE (name),
    INDEX roles_created (created_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
