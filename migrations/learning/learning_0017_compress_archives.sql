-- depends: learning_0016_retire_months
-- Why:  an archived month is read seldom and written never: a fifth of its size are indexes that
--       only a live month needs.
-- Lock: none, only new objects. Rollback loses: nothing; indexes that were dropped stay dropped.

CREATE FUNCTION compress_archive(p_archive regclass)
RETURNS TABLE (
    partition_name text, indexes_dropped integer, bytes_before bigint, bytes_after bigint
)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
    v_month regclass;
    v_indexes text[];
BEGIN
    FOR v_month, v_indexes IN
        SELECT t.relid, array_agg(format('DROP INDEX %s', x.indexrelid::regclass))
        FROM pg_catalog.pg_partition_tree(p_archive) AS t
        INNER JOIN pg_catalog.pg_index AS x ON x.indrelid = t.relid
        WHERE t.isleaf
            AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = x.indexrelid
            )
            AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = x.indexrelid
            )
        GROUP BY t.relid
        ORDER BY t.relid
    LOOP
        partition_name := v_month::text;
        bytes_before := pg_catalog.pg_total_relation_size(v_month);
        PERFORM core.run_each(v_indexes);
        indexes_dropped := cardinality(v_indexes);
        bytes_after := pg_catalog.pg_total_relation_size(v_month);
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION compress_archive(regclass) IS
'Drops from the months of an archive the indexes that only a live month needs. Locks those months '
'for readers of the archive, briefly, and no live table. Returns what it dropped and the sizes in '
'bytes; a second run returns nothing.';
