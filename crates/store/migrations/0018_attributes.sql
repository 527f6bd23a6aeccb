-- What applications and resources put into tokens. One that nobody wrote has no row: the `sub` of an application and of a resource, and
-- the predefined ones of OpenID Connect, are what they are without, so nothing becomes of what is stored already.
CREATE TABLE application_attributes (
    environment_id BYTEA NOT NULL, application_id BYTEA NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL,
    version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, application_id, id), UNIQUE (environment_id, application_id, name)
);
CREATE TABLE resource_attributes (
    environment_id BYTEA NOT NULL, resource_id BYTEA NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL,
    version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, resource_id, id), UNIQUE (environment_id, resource_id, name)
);
