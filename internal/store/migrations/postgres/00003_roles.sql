-- +goose Up
-- A named set of permissions. search_text is the name in lower case.
CREATE TABLE roles (
    id          VARCHAR(40) COLLATE "C" NOT NULL,
    name        VARCHAR(150) COLLATE "C" NOT NULL,
    search_text VARCHAR(150) COLLATE "C" NOT NULL,
    description VARCHAR(255) COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT roles_name UNIQUE (name)
);

CREATE INDEX roles_created ON roles (created_at, id);
