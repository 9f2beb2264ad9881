DROP FUNCTION retire_partitions(regclass, timestamptz, boolean);
DROP FUNCTION settle_strays(regclass, timestamptz);
DROP FUNCTION refuse_archive_write();
DROP FUNCTION partition_bounds(regclass);
