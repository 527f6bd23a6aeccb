-- Roles of an environment's own making, and who an assignment was given to: users held some already, who made what they are over.
CREATE TABLE roles (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
ALTER TABLE role_assignments ADD COLUMN actor_kind TEXT NOT NULL DEFAULT 'APPLICATION';
UPDATE role_assignments SET actor_kind = 'USER' WHERE actor IN (SELECT id FROM users WHERE users.environment_id = role_assignments.environment_id);
CREATE INDEX role_assignments_by_role ON role_assignments (environment_id, role);
