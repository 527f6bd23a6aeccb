-- What resources can be asked for beside scopes.
CREATE TABLE authorization_details_types (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, resource_id BYTEA NOT NULL, created_at BIGINT NOT NULL,
    version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name)
);
