-- +goose Up
-- The service's own permissions, as internal/access names them. Their times are a
-- millisecond apart, so that pages have an order.
INSERT INTO permissions (name, description, created_at) VALUES
    ('countersign.view_user', 'See the accounts', 1767225600000),
    ('countersign.add_user', 'Create accounts', 1767225600001),
    ('countersign.change_user', 'Change, disable and enable accounts', 1767225600002),
    ('countersign.delete_user', 'Delete accounts', 1767225600003),
    ('countersign.view_role', 'See the roles', 1767225600004),
    ('countersign.add_role', 'Create roles', 1767225600005),
    ('countersign.change_role', 'Change roles, and who holds them', 1767225600006),
    ('countersign.delete_role', 'Delete roles', 1767225600007),
    ('countersign.view_permission', 'See the permissions', 1767225600008),
    ('countersign.add_permission', 'Declare permissions', 1767225600009),
    ('countersign.change_permission', 'Change the description of permissions', 1767225600010),
    ('countersign.delete_permission', 'Delete permissions', 1767225600011),
    ('countersign.view_session', 'See the sessions of other people', 1767225600012),
    ('countersign.end_session', 'End the sessions of other people', 1767225600013),
    ('countersign.view_key', 'See the signing keys', 1767225600014),
    ('countersign.rotate_key', 'Rotate the signing keys', 1767225600015);
