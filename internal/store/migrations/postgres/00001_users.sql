-- +goose Up
-- An account. The features make username_key and email_key. search_text is username,
-- email and names in lower case, one a line.
CREATE TABLE users (
    id              VARCHAR(40) COLLATE "C" NOT NULL,
    username        VARCHAR(150) COLLATE "C" NOT NULL,
    username_key    VARCHAR(450) COLLATE "C" NOT NULL,
    email           VARCHAR(320) COLLATE "C" NOT NULL,
    email_key       VARCHAR(640) COLLATE "C" NOT NULL,
    first_name      VARCHAR(150) COLLATE "C" NOT NULL,
    last_name       VARCHAR(150) COLLATE "C" NOT NULL,
    search_text     VARCHAR(800) COLLATE "C" NOT NULL,
    password        VARCHAR(255) COLLATE "C" NOT NULL,
    is_active       SMALLINT NOT NULL CHECK (is_active IN (0, 1)),
    is_staff        SMALLINT NOT NULL CHECK (is_staff IN (0, 1)),
    is_superuser    SMALLINT NOT NULL CHECK (is_superuser IN (0, 1)),
    rights_version  BIGINT NOT NULL,
    joined_at       BIGINT NOT NULL,
    last_sign_in_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT users_username UNIQUE (username),
    CONSTRAINT users_username_key UNIQUE (username_key)
);

CREATE INDEX users_email ON users (email_key, joined_at);
CREATE INDEX users_joined ON users (joined_at, id);
CREATE INDEX users_superuser ON users (is_superuser, is_active);
