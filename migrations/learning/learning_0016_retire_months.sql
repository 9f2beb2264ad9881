-- depends: learning_0015_create_archives
-- Why:  retention by month costs the same for a thousand rows and for a million, and must never
--       make a writer wait for long.
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
        metadata = coalesce(f.metadata, '{}')
            || jsonb_build_object('archived_interaction_id', f.interaction_id)
    WHERE f.interaction_created_at < date_trunc('month', p_before, 'UTC');
    GET DIAGNOSTICS v_released = ROW_COUNT;
    RETURN v_released;
END;
$$;

COMMENT ON FUNCTION release_feedback(timestamptz) IS
'Lets user_feedback go of interactions in months that end at or before p_before, and keeps their '
'id in metadata->''archived_interaction_id''. Returns how many rows.';

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
    -- The only work that grows with what people did comes before any strong lock.
    IF p_table = 'interactions'::regclass THEN
        v_released := release_feedback(p_before);
    END IF;

    -- What lies in DEFAULT is as old as its rows say: it gets a month of its own, or joins the one
    -- that was archived before.
    PERFORM core.settle_strays(p_table, p_before);
    IF NOT EXISTS (
        SELECT 1 FROM core.partition_bounds(p_table) AS b WHERE b.to_value <= p_before
    ) THEN
        RETURN;
    END IF;

    LOOP
        BEGIN
            -- All locks first, and all let go when one is not to be had. The old months before the
            -- table: a vacuum or a report that still reads them holds up nobody but this. What
            -- waits while the table is held waits briefly. The months' keys go, so the tables they
            -- point to are needed too.
            FOR v_table IN
                SELECT b.partition FROM core.partition_bounds(p_table) AS b
                WHERE b.to_value <= p_before
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
                    HINT = 'Nothing was changed. End what holds the table, or run this again.';
            END IF;
        END;
        PERFORM pg_sleep(0.05 + random() * 0.2);
    END LOOP;

    RETURN QUERY SELECT d, 'archived', v_released FROM unnest(v_done) AS d;
END;
$$;

COMMENT ON FUNCTION retire_months(regclass, regclass, timestamptz, interval) IS
'Moves every month that ends at or before p_before from the table to its archive, without '
'touching its rows; rows of that time in DEFAULT are moved one by one. Tries for p_patience, '
'making writers wait 180 ms for it at most each time, else 55P03 and nothing done. Returns the '
'months moved and how many user_feedback rows let go of their interaction; a second run returns '
'nothing.';
