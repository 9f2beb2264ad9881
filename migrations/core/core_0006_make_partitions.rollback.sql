DROP FUNCTION guard_partition(regclass, regclass);
DROP FUNCTION run_each(text[]);
DROP FUNCTION make_partition(regclass, text, timestamptz, timestamptz);
DROP FUNCTION partition_key(regclass);
