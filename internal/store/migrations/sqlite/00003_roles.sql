-- +goose Up
-- A named set of permissions. search_text is the name in lower case.
CREATE TABLE roles (
    id          TEXT NOT NULL CHECK (length(id) <= 40),
    name        TEXT NOT NULL CHECK (length(name) <= 150),
    search_text TEXT NOT NULL CHECK (length(search_text) <= 150),
    description TEXT NOT NULL CHECK (length(description) <= 255),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT roles_name UNIQUE (name)
) STRICT, WITHOUT ROWID;

CREATE INDEX roles_created ON roles (created_at, id);
