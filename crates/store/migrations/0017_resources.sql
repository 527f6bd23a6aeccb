-- What a writer decided on is told from what another writer made of it. A process that knows no version leaves it as it is.
ALTER TABLE resources ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE scopes ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
-- By which a resource proves who it is where it asks about tokens. One of before has none until it is given one.
ALTER TABLE resources ADD COLUMN secret_digest BYTEA;
ALTER TABLE resources ADD COLUMN secret_sealed BYTEA;
ALTER TABLE resources ADD COLUMN secret_created_at BIGINT;
ALTER TABLE resources ADD COLUMN secret_last_used BIGINT;
ALTER TABLE resources ADD COLUMN previous_digest BYTEA;
ALTER TABLE resources ADD COLUMN previous_sealed BYTEA;
ALTER TABLE resources ADD COLUMN previous_created_at BIGINT;
ALTER TABLE resources ADD COLUMN previous_expires_at BIGINT;
ALTER TABLE resources ADD COLUMN previous_last_used BIGINT;
