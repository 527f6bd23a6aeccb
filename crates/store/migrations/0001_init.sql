CREATE TABLE change_counter (id BIGINT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO change_counter (id, value) VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE environment_revisions (environment_id BYTEA PRIMARY KEY, revision BIGINT NOT NULL);
CREATE INDEX environment_revisions_revision ON environment_revisions (revision);

CREATE TABLE organizations (id BYTEA PRIMARY KEY, created_at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE licenses (organization_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (organization_id, id));
CREATE TABLE environments (
    id BYTEA PRIMARY KEY, organization_id BYTEA NOT NULL, license_id BYTEA NOT NULL, name_key TEXT NOT NULL, kind TEXT NOT NULL,
    region TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    UNIQUE (organization_id, name_key)
);
CREATE TABLE signing_keys (
    environment_id BYTEA NOT NULL, kid TEXT NOT NULL, created_at BIGINT NOT NULL, sealed BYTEA NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, kid)
);
CREATE TABLE populations (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, is_default BOOLEAN NOT NULL, created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
CREATE UNIQUE INDEX populations_one_default ON populations (environment_id) WHERE is_default;
CREATE TABLE password_policies (environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (environment_id, id));
CREATE TABLE sign_on_policies (environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (environment_id, id));
CREATE TABLE resources (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
CREATE TABLE scopes (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, resource_id BYTEA NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, resource_id, name)
);
CREATE TABLE applications (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, client_id TEXT NOT NULL, name_key TEXT NOT NULL, enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    secret_digest BYTEA, secret_sealed BYTEA, secret_created_at BIGINT, secret_last_used BIGINT,
    previous_digest BYTEA, previous_sealed BYTEA, previous_created_at BIGINT, previous_expires_at BIGINT, previous_last_used BIGINT,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, client_id)
);
CREATE TABLE resource_grants (
    environment_id BYTEA NOT NULL, application_id BYTEA NOT NULL, id BYTEA NOT NULL, resource_id BYTEA NOT NULL, created_at BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, application_id, id), UNIQUE (environment_id, application_id, resource_id)
);
CREATE TABLE role_assignments (
    environment_id BYTEA NOT NULL, actor BYTEA NOT NULL, id BYTEA NOT NULL, role BYTEA NOT NULL, scope_kind TEXT NOT NULL, scope_id BYTEA NOT NULL, read_only BOOLEAN NOT NULL,
    PRIMARY KEY (environment_id, actor, id), UNIQUE (environment_id, actor, role, scope_kind, scope_id)
);
CREATE TABLE users (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, username_key TEXT NOT NULL, email_key TEXT NOT NULL, population_id BYTEA NOT NULL, enabled BOOLEAN NOT NULL,
    given_key TEXT NOT NULL, family_key TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL,
    locked_at BIGINT, unlock_at BIGINT, failures BIGINT NOT NULL, password_hash TEXT, must_change BOOLEAN NOT NULL, password_changed_at BIGINT, last_sign_on BIGINT, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, username_key)
);
CREATE INDEX users_population ON users (environment_id, population_id);
CREATE INDEX users_email ON users (environment_id, email_key);
CREATE INDEX users_page ON users (environment_id, created_at, id);

CREATE TABLE flows (environment_id BYTEA NOT NULL, id BYTEA NOT NULL, expires_at BIGINT NOT NULL, version BIGINT NOT NULL, application_id BYTEA NOT NULL, body TEXT NOT NULL, PRIMARY KEY (environment_id, id));
CREATE INDEX flows_expiry ON flows (expires_at);
CREATE TABLE sessions (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, user_id BYTEA NOT NULL, token BYTEA NOT NULL, auth_time BIGINT NOT NULL, acr TEXT NOT NULL, amr TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, token)
);
CREATE INDEX sessions_user ON sessions (environment_id, user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE TABLE codes (
    environment_id BYTEA NOT NULL, hash BYTEA NOT NULL, application_id BYTEA NOT NULL, user_id BYTEA NOT NULL, session_id BYTEA NOT NULL, family_id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL, consumed_at BIGINT, body TEXT NOT NULL, PRIMARY KEY (environment_id, hash)
);
CREATE INDEX codes_expiry ON codes (expires_at);
CREATE TABLE families (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, application_id BYTEA NOT NULL, user_id BYTEA NOT NULL, session_id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL, revoked_at BIGINT, grace_replays BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (environment_id, id)
);
CREATE INDEX families_user ON families (environment_id, user_id);
CREATE INDEX families_session ON families (environment_id, session_id);
CREATE INDEX families_application ON families (environment_id, application_id);
CREATE INDEX families_expiry ON families (expires_at);
CREATE TABLE refresh_tokens (
    environment_id BYTEA NOT NULL, hash BYTEA NOT NULL, family_id BYTEA NOT NULL, generation BIGINT NOT NULL, issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    superseded_at BIGINT, sealed_successor BYTEA, PRIMARY KEY (environment_id, hash)
);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE TABLE access_tokens (
    environment_id BYTEA NOT NULL, hash BYTEA NOT NULL, application_id BYTEA NOT NULL, family_id BYTEA, claims TEXT, expires_at BIGINT NOT NULL, revoked_at BIGINT,
    PRIMARY KEY (environment_id, hash)
);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

CREATE TABLE activities (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, at BIGINT NOT NULL, correlation BYTEA NOT NULL, action TEXT NOT NULL, actor_kind TEXT NOT NULL, actor_id BYTEA,
    application_id BYTEA, user_id BYTEA, target_kind TEXT, target_id BYTEA, reason TEXT, expected TEXT, came TEXT, note TEXT, source TEXT,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX activities_page ON activities (environment_id, at, id);
CREATE INDEX activities_correlation ON activities (correlation);
CREATE INDEX activities_age ON activities (at);
