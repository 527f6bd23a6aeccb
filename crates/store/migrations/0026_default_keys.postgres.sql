-- One key of each usage is the default. Of several that two writers made so at once the youngest stays it.
ALTER TABLE keys ADD COLUMN is_default BOOLEAN;
ALTER TABLE keys ADD COLUMN usage_type TEXT;
UPDATE keys SET usage_type = body::jsonb ->> 'usage_type', is_default = COALESCE((body::jsonb ->> 'default')::boolean, FALSE);
UPDATE keys SET body = jsonb_set(body::jsonb, '{default}', 'false')::text, is_default = FALSE WHERE is_default AND EXISTS (
    SELECT 1 FROM keys o WHERE o.environment_id = keys.environment_id AND o.usage_type = keys.usage_type AND o.is_default
        AND (o.created_at > keys.created_at OR (o.created_at = keys.created_at AND o.id > keys.id)));
CREATE UNIQUE INDEX keys_one_default ON keys (environment_id, usage_type) WHERE is_default;
