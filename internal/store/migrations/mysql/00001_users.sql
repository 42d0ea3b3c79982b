-- +goose Up
-- An account. The features make username_key and email_key. search_text is username,
-- email and names in lower case, one a line.
CREATE TABLE users (
    id              VARCHAR(40) NOT NULL,
    username        VARCHAR(150) NOT NULL,
    username_key    VARCHAR(450) NOT NULL,
    email           VARCHAR(320) NOT NULL,
    email_key       VARCHAR(640) NOT NULL,
    first_name      VARCHAR(150) NOT NULL,
    last_name       VARCHAR(150) NOT NULL,
    search_text     VARCHAR(800) NOT NULL,
    password        VARCHAR(255) NOT NULL,
    is_active       SMALLINT NOT NULL CHECK (is_active IN (0, 1)),
    is_staff        SMALLINT NOT NULL CHECK (is_staff IN (0, 1)),
    is_superuser    SMALLINT NOT NULL CHECK (is_superuser IN (0, 1)),
    rights_version  BIGINT NOT NULL,
    joined_at       BIGINT NOT NULL,
    last_sign_in_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT users_username UNIQUE (username),
    CONSTRAINT users_username_key UNIQUE (username_key),
    INDEX users_email (email_key, joined_at),
    INDEX users_joined (joined_at, id),
    INDEX users_superuser (is_superuser, is_active)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
