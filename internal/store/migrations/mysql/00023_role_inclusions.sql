-- +goose Up
-- Which roles a role includes directly.
CREATE TABLE role_inclusions (
    role_id     VARCHAR(40) NOT NULL,
    included_id VARCHAR(40) NOT NULL,
    PRIMARY KEY (role_id, included_id),
    CONSTRAINT role_inclusions_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
    CONSTRAINT role_inclusions_included FOREIGN KEY (included_id) REFERENCES roles (id) ON DELETE CASCADE,
    INDEX role_inclusions_by_included (included_id, role_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
