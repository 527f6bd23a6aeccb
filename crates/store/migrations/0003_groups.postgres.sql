CREATE TABLE groups (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, external_id TEXT, population_id BYTEA, direct_users BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
CREATE INDEX groups_page ON groups (environment_id, created_at, id);
CREATE INDEX groups_by_name ON groups (environment_id, name_key COLLATE "C", created_at, id);
CREATE INDEX groups_by_external_id ON groups (environment_id, (substr(external_id, 1, 200)) COLLATE "C", created_at, id);
CREATE INDEX groups_by_population ON groups (environment_id, population_id, created_at, id);

-- Users in groups, and groups in groups.
CREATE TABLE group_members (
    environment_id BYTEA NOT NULL, user_id BYTEA NOT NULL, group_id BYTEA NOT NULL, created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, user_id, group_id)
);
CREATE INDEX group_members_by_group ON group_members (environment_id, group_id, user_id);
CREATE TABLE group_nestings (
    environment_id BYTEA NOT NULL, child_id BYTEA NOT NULL, parent_id BYTEA NOT NULL, created_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, child_id, parent_id)
);
CREATE INDEX group_nestings_by_parent ON group_nestings (environment_id, parent_id, child_id);
