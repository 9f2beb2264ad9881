DROP FUNCTION create_month_partitions(regclass, integer, integer, timestamptz);
DROP FUNCTION refuse_new_identity();
