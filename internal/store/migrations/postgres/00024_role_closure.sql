-- +goose Up
-- Which roles a role includes, directly or by another one: kept by each edit of
-- role_inclusions.
CREATE TABLE role_closure (
    role_id     VARCHAR(40) COLLATE "C" NOT NULL,
    included_id VARCHAR(40) COLLATE "C" NOT NULL,
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_closure_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_closure_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE
);

CREATE INDEX role_closure_by_included ON role_closure (included_id, role_id);
