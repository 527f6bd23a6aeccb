-- For how many days an environment keeps its activities; 0: as long as the server keeps any.
ALTER TABLE environments ADD COLUMN activity_retention_days BIGINT NOT NULL DEFAULT 0;
