-- Where else people have an account, and what of it becomes theirs here.
CREATE TABLE identity_providers (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, registration_population_id BYTEA, secret_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
CREATE INDEX identity_providers_page ON identity_providers (environment_id, created_at, id);
CREATE INDEX identity_providers_by_population ON identity_providers (environment_id, registration_population_id);
CREATE TABLE provider_attributes (
    environment_id BYTEA NOT NULL, provider_id BYTEA NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, provider_id, id), UNIQUE (environment_id, provider_id, name)
);
-- Whose users and populations they are; before this nobody had one.
ALTER TABLE users ADD COLUMN identity_provider_id BYTEA;
CREATE INDEX users_by_identity_provider ON users (environment_id, identity_provider_id) WHERE identity_provider_id IS NOT NULL;
ALTER TABLE populations ADD COLUMN identity_provider_id BYTEA;
CREATE INDEX populations_by_identity_provider ON populations (environment_id, identity_provider_id) WHERE identity_provider_id IS NOT NULL;
