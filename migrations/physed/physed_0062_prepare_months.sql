-- depends: physed_0061_apply_retention
-- Why:  a table divided by month wants its next months made before they begin, and statistics of
--       the whole, which autovacuum does not gather.
-- Lock: none, only new objects. Rollback loses: nothing; months are made by hand.

CREATE FUNCTION create_time_partitions(p_ahead integer DEFAULT 3, p_now timestamptz DEFAULT now())
RETURNS TABLE (table_name text, partition_name text, action text, rows_moved bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT t.name, p.partition_name, p.action, p.rows_moved
    FROM unnest(
        ARRAY['activity_logs', 'movement_analysis', 'performance_metrics', 'safety_incidents']
    ) AS t (name)
    CROSS JOIN LATERAL core.ensure_partitions(t.name::regclass, 'month', p_ahead, 0, p_now) AS p;
END;
$$;

COMMENT ON FUNCTION create_time_partitions(integer, timestamptz) IS
'Creates this month and the next p_ahead for every table divided by month; returns what it '
'created. For the owner.';

CREATE FUNCTION gather_statistics() RETURNS TABLE (table_name text)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Autovacuum analyses leaves, never the parents: their plans rest on these numbers.
    ANALYZE activity_logs, movement_analysis, performance_metrics, safety_incidents;
    RETURN QUERY
    VALUES ('activity_logs'), ('movement_analysis'), ('performance_metrics'), ('safety_incidents');
END;
$$;

COMMENT ON FUNCTION gather_statistics() IS
'Analyses the tables divided by month, which autovacuum does not; returns their names. For the '
'owner.';
