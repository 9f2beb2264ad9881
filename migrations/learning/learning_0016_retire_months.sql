-- depends: learning_0015_create_archives
-- Why:  retention by month costs the same for a thousand rows and for a million, and must never make a writer wait
--       for long; only the rows of inactive users, kept half as long, are deleted one by one.
-- Lock: none, only new objects. Rollback loses: nothing; what was archived stays archived.

CREATE FUNCTION release_feedback(p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_released bigint;
BEGIN
    UPDATE user_feedback AS f
    SET interaction_id = NULL,
        metadata = coalesce(f.metadata, '{}') || jsonb_build_object('archived_interaction_id', f.interaction_id)
    FROM core.partition_bounds('interactions') AS b
    WHERE b.to_value <= p_before
        AND f.interaction_created_at >= b.from_value AND f.interaction_created_at < b.to_value;
    GET DIAGNOSTICS v_released = ROW_COUNT;
    RETURN v_released;
END;
$$;

COMMENT ON FUNCTION release_feedback(timestamptz) IS
'Lets user_feedback go of interactions in months that end at or before p_before, and keeps their id in '
'metadata->''archived_interaction_id''. Returns how many rows.';

CREATE FUNCTION retire_months(
    p_table regclass,
    p_archive regclass,
    p_before timestamptz,
    p_patience interval DEFAULT '1 min'
) RETURNS TABLE (partition_name text, action text, references_released bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout = '100ms'
AS $$
DECLARE
    v_give_up timestamptz := clock_timestamp() + p_patience;
    v_old record;
    v_table regclass;
    v_released bigint := 0;
    v_done text[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM core.partition_bounds(p_table) AS b WHERE b.to_value <= p_before) THEN
        RETURN;
    END IF;

    -- The only work that grows with what people did comes before any strong lock.
    IF p_table = 'interactions'::regclass THEN
        v_released := release_feedback(p_before);
    END IF;

    LOOP
        BEGIN
            -- All locks first, and all let go when one is not to be had. The old months before the table:
            -- a vacuum or a report that still reads them holds up nobody but this. What waits while the
            -- table is held waits briefly. The months' keys go, so the tables they point to are needed too.
            FOR v_table IN
                SELECT b.partition FROM core.partition_bounds(p_table) AS b WHERE b.to_value <= p_before
            LOOP
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_table);
            END LOOP;
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p_table);
            PERFORM set_config('lock_timeout', '20ms', true);
            IF p_table = 'interactions'::regclass THEN
                LOCK TABLE user_feedback IN SHARE ROW EXCLUSIVE MODE;
            END IF;
            FOR v_table IN
                SELECT DISTINCT k.confrelid::regclass
                FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = p_table AND k.contype = 'f'
                ORDER BY 1
            LOOP
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_table);
            END LOOP;

            -- Feedback that arrived since the first look; nearly always none.
            IF p_table = 'interactions'::regclass THEN
                v_released := v_released + release_feedback(p_before);
            END IF;

            v_done := '{}';
            FOR v_old IN
                SELECT * FROM core.partition_bounds(p_table) AS b WHERE b.to_value <= p_before
            LOOP
                PERFORM core.retire_partitions(p_table, v_old.to_value, true);
                -- The month's own CHECK says what the archive would otherwise read every row for.
                EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
                    p_archive, v_old.partition, v_old.from_value, v_old.to_value);
                v_done := v_done || v_old.partition::text;
            END LOOP;
            EXIT;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            IF clock_timestamp() > v_give_up THEN
                RAISE EXCEPTION 'no quiet moment on "%" within %', p_table, p_patience
                    USING ERRCODE = 'lock_not_available', TABLE = p_table::text,
                    HINT = 'Nothing was changed. End the transaction that holds the table, or run this again.';
            END IF;
        END;
        PERFORM pg_sleep(0.05 + random() * 0.2);
    END LOOP;

    RETURN QUERY SELECT d, 'archived', v_released FROM unnest(v_done) AS d;
END;
$$;

COMMENT ON FUNCTION retire_months(regclass, regclass, timestamptz, interval) IS
'Moves every month that ends at or before p_before from the table to its archive, without touching its rows. Tries '
'for p_patience, making writers wait 180 ms for it at most each time, else 55P03 and nothing done. Returns the months '
'moved and how many user_feedback rows let go of their interaction; a second run returns nothing.';

CREATE FUNCTION compress_archive(p_archive regclass)
RETURNS TABLE (partition_name text, indexes_dropped integer, bytes_before bigint, bytes_after bigint)
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
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = x.indexrelid)
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = x.indexrelid)
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
'Drops from the months of an archive the indexes that only a live month needs. Locks those months for readers of the '
'archive, briefly, and no live table. Returns what it dropped and the sizes in bytes; a second run returns nothing.';

CREATE FUNCTION delete_inactive_interactions(
    p_before timestamptz DEFAULT now() - interval '6 months',
    p_limit integer DEFAULT 50000
) RETURNS TABLE (interactions_deleted bigint, users_concerned bigint)
LANGUAGE sql
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
    WITH due AS (
        SELECT i.id, i.created_at
        FROM users AS u
        INNER JOIN interactions AS i ON i.user_id = u.id
        WHERE (NOT u.is_active OR u.deleted_at IS NOT NULL) AND i.created_at < p_before
        LIMIT p_limit
        FOR UPDATE OF i SKIP LOCKED
    ), gone AS (
        DELETE FROM interactions AS i
        USING due AS d
        WHERE i.id = d.id AND i.created_at = d.created_at
        RETURNING i.user_id
    )
    SELECT count(*), count(DISTINCT g.user_id) FROM gone AS g
$$;

COMMENT ON FUNCTION delete_inactive_interactions(timestamptz, integer) IS
'Deletes up to p_limit interactions from before p_before whose user is inactive or deleted. Session counts stay. '
'Returns how many went; 0 when nothing is left. Locks only the rows it deletes.';
