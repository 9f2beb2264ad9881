DROP TABLE retention_settings;
DROP FUNCTION gather_statistics();
DROP FUNCTION create_time_partitions(integer, timestamptz);
DROP FUNCTION apply_retention(text, timestamptz);
DROP FUNCTION retire_patterns(text, timestamptz);
