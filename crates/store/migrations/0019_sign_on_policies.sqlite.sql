-- What a writer decided on is told from what another writer made of it. A process that knows no version makes policies, and changes none.
ALTER TABLE sign_on_policies ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- A name is unique. A process that knows nothing of it says none: it only makes the two that every environment begins with.
ALTER TABLE sign_on_policies ADD COLUMN name TEXT;
UPDATE sign_on_policies SET name = json_extract(body, '$.name') WHERE name IS NULL;
CREATE UNIQUE INDEX sign_on_policies_name ON sign_on_policies (environment_id, name) WHERE name IS NOT NULL;

-- Which sign-on policies an application is signed on to by.
CREATE TABLE policy_assignments (
    environment_id BYTEA NOT NULL, application_id BYTEA NOT NULL, id BYTEA NOT NULL, policy_id BYTEA NOT NULL, created_at BIGINT NOT NULL,
    version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, application_id, id), UNIQUE (environment_id, application_id, policy_id)
);
CREATE INDEX policy_assignments_policy ON policy_assignments (environment_id, policy_id);
