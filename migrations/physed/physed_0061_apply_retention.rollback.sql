DROP TABLE retention_settings;
DROP FUNCTION apply_retention(text, timestamptz);
DROP FUNCTION retire_patterns(text, timestamptz);
