-- +goose Up
-- Which roles a role includes, directly or by another one: kept by each edit of
-- role_inclusions.
CREATE TABLE role_closure (
    role_id     VARCHAR(40) NOT NULL,
    included_id VARCHAR(40) NOT NULL,
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_closure_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_closure_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE,
    INDEX role_closure_by_included (included_id, role_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
