DROP FUNCTION retire_partitions(regclass, timestamptz, boolean);
DROP FUNCTION lock_for_retirement(regclass, timestamptz);
DROP FUNCTION settle_strays(regclass, timestamptz);
DROP FUNCTION partition_bounds(regclass);
