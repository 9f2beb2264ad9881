-- depends: spark_0019_create_student_progress
-- Why:  UNIQUE (student_id, lesson_id) cannot leave the partition key out. A side table with a real
--       key can, also under concurrency. The keys of a statement are taken together: an upload of a
--       thousand lessons is one INSERT. A change of year is one UPDATE of the parent, which neither
--       the INSERT's nor the DELETE's trigger sees. But MERGE shows a row that it moves to both, if
--       it also inserts and deletes; so both look whether the row is there.
-- Lock: brief on student_progress (new triggers). Rollback loses: the keys; they are rebuilt by
--       applying again to an empty table only.

CREATE TABLE student_progress_keys (
    student_id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    id uuid NOT NULL,

    CONSTRAINT student_progress_keys_pkey PRIMARY KEY (student_id, lesson_id),
    CONSTRAINT student_progress_keys_id_key UNIQUE (id)
);

COMMENT ON TABLE student_progress_keys IS
'One row for each row of student_progress, kept by its triggers: the uniqueness that partitions '
'cannot have. Writing to a partition itself, or dropping it, fires no trigger: keep its keys in '
'the same transaction.';

-- Definer: people have no grant on the keys.
CREATE FUNCTION take_progress_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_taken uuid[];
    v_rows bigint;
    v_row record;
BEGIN
    -- DO NOTHING waits for a rival's commit; who is left without a key is refused by name below. In
    -- one order, so that two uploads of the same lessons wait for each other and never for ever.
    WITH taken AS (
        INSERT INTO student_progress_keys (student_id, lesson_id, id)
        SELECT n.student_id, n.lesson_id, n.id FROM new_rows AS n ORDER BY n.student_id, n.lesson_id
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT array_agg(t.id), (SELECT count(*) FROM new_rows) INTO v_taken, v_rows FROM taken AS t;
    IF coalesce(cardinality(v_taken), 0) = v_rows THEN
        RETURN NULL;
    END IF;

    SELECT n.id, n.student_id, n.lesson_id, k.id AS holder INTO v_row
    FROM new_rows AS n
    LEFT JOIN student_progress_keys AS k
        ON k.student_id = n.student_id AND k.lesson_id = n.lesson_id
    WHERE k.id IS DISTINCT FROM n.id
        OR (SELECT count(*) FROM student_progress AS p WHERE p.id = n.id) > 1
    ORDER BY k.id IS NOT DISTINCT FROM n.id
    LIMIT 1;
    IF v_row.id IS NULL THEN
        -- MERGE shows a row that it moves to another year as a new one: the row has its key and its
        -- time is counted.
        PERFORM set_config('slate.moved_progress', ARRAY(
            SELECT n.id FROM new_rows AS n EXCEPT SELECT t.id FROM unnest(v_taken) AS t (id)
        )::text, true);
        RETURN NULL;
    ELSIF v_row.holder IS NULL THEN
        RAISE EXCEPTION 'progress id "%" is taken', v_row.id
            USING ERRCODE = 'unique_violation', TABLE = 'student_progress',
            CONSTRAINT = 'student_progress_pkey';
    END IF;
    RAISE EXCEPTION 'student "%" already has progress in lesson "%"',
        v_row.student_id, v_row.lesson_id
        USING ERRCODE = 'unique_violation', TABLE = 'student_progress',
        CONSTRAINT = 'student_progress_student_id_lesson_id_key',
        HINT = 'Update the row, or call record_progress(), which inserts or updates.';
END;
$$;

COMMENT ON FUNCTION take_progress_keys() IS
'AFTER INSERT statement trigger: takes the keys of the new rows, 23505 under the documented name '
'where one is taken.';

CREATE FUNCTION keep_progress_key() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'progress "%" keeps its id, student and lesson', OLD.id
        USING ERRCODE = 'check_violation', TABLE = 'student_progress',
        CONSTRAINT = 'student_progress_key_is_final',
        HINT = 'Delete the row and record the progress where it belongs.';
END;
$$;

COMMENT ON FUNCTION keep_progress_key() IS
'BEFORE UPDATE row trigger: id, student and lesson are final.';

-- Definer: people have no grant on the keys.
CREATE FUNCTION free_progress_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_ids uuid[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE student_progress_keys;  -- a DELETE would see the snapshot's keys only
    ELSE
        v_ids := ARRAY(SELECT o.id FROM old_rows AS o);
        DELETE FROM student_progress_keys AS k
        WHERE k.id = ANY (v_ids)
            AND NOT EXISTS (SELECT 1 FROM student_progress AS p WHERE p.id = k.id);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION free_progress_keys() IS
'AFTER DELETE and AFTER TRUNCATE statement trigger: the keys leave with their rows.';

CREATE TRIGGER student_progress_takes_keys
AFTER INSERT ON student_progress
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION take_progress_keys();
CREATE TRIGGER student_progress_keeps_key
BEFORE UPDATE OF id, student_id, lesson_id ON student_progress
FOR EACH ROW WHEN (
    (OLD.id, OLD.student_id, OLD.lesson_id) IS DISTINCT FROM (NEW.id, NEW.student_id, NEW.lesson_id)
)
EXECUTE FUNCTION keep_progress_key();
CREATE TRIGGER student_progress_frees_keys
AFTER DELETE ON student_progress
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION free_progress_keys();
CREATE TRIGGER student_progress_empties_keys
AFTER TRUNCATE ON student_progress
FOR EACH STATEMENT EXECUTE FUNCTION free_progress_keys();

ALTER TABLE student_progress_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON student_progress_keys
FOR SELECT TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON student_progress_keys
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON student_progress_keys TO slate_services, slate_readers;
