-- The prints of the wrong passwords that an account's count is made of: the same one counts once.
ALTER TABLE users ADD COLUMN tried TEXT NOT NULL DEFAULT '';
-- Where whoever acted is, when that is another environment than the one that was acted on.
ALTER TABLE activities ADD COLUMN actor_environment_id BYTEA;
-- When an environment was put aside to be deleted.
ALTER TABLE environments ADD COLUMN soft_deleted_at BIGINT;
