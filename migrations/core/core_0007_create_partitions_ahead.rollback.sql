DROP FUNCTION ensure_partitions(regclass, text, integer, integer, timestamptz);
