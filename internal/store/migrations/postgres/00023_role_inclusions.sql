-- +goose Up
-- Which roles a role includes directly.
CREATE TABLE role_inclusions (
    role_id     VARCHAR(40) COLLATE "C" NOT NULL,
    included_id VARCHAR(40) COLLATE "C" NOT NULL,
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_inclusions_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_inclusions_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE
);

CREATE INDEX role_inclusions_by_included ON role_inclusions (included_id, role_id);
