-- What a writer decided on is told from what another writer made of it. A process that knows no version leaves it as it is.
ALTER TABLE resource_grants ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- A family goes after its access tokens.
CREATE INDEX access_tokens_family ON access_tokens (environment_id, family_id) WHERE family_id IS NOT NULL;

-- What ends with a user or a session is found among what everybody has.
CREATE INDEX codes_user ON codes (environment_id, user_id);
CREATE INDEX refresh_tokens_family ON refresh_tokens (environment_id, family_id);
