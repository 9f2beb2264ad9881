DROP FUNCTION gather_statistics();
DROP FUNCTION create_time_partitions(integer, timestamptz);
