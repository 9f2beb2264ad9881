-- depends: spark_0018_create_student_progress
-- Why:  UNIQUE (student_id, lesson_id) cannot leave the partition key out. A side table with a real key can, also
--       under concurrency. A change of year is DELETE and INSERT inside: the key is marked as given up BEFORE DELETE
--       and taken back BEFORE INSERT, so a move is told from a new row, and time is never counted twice.
-- Lock: brief on student_progress (new triggers). Rollback loses: the keys; they are rebuilt by applying again to an
--       empty table only.

CREATE TABLE student_progress_keys (
    student_id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    id uuid NOT NULL,
    is_given_up boolean NOT NULL DEFAULT false,

    CONSTRAINT student_progress_keys_pkey PRIMARY KEY (student_id, lesson_id),
    CONSTRAINT student_progress_keys_id_key UNIQUE (id)
);

COMMENT ON TABLE student_progress_keys IS
'One row for each row of student_progress, kept by its triggers: the uniqueness that partitions cannot have. '
'Dropping a partition fires no trigger: delete its keys in the same transaction.';
COMMENT ON COLUMN student_progress_keys.is_given_up IS 'True only between the two halves of a delete or move.';

CREATE FUNCTION take_progress_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER  -- people have no grant on the keys
SET search_path FROM CURRENT
AS $$
BEGIN
    -- DO NOTHING waits for a rival's commit and needs no savepoint for each row, as an exception block would.
    INSERT INTO student_progress_keys (student_id, lesson_id, id) VALUES (NEW.student_id, NEW.lesson_id, NEW.id)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM count_learning_time(NEW.student_id, NEW.time_spent, NEW.last_accessed);
        RETURN NEW;
    END IF;

    UPDATE student_progress_keys AS k SET is_given_up = false
    WHERE k.student_id = NEW.student_id AND k.lesson_id = NEW.lesson_id AND k.id = NEW.id AND k.is_given_up;
    IF FOUND THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1 FROM student_progress_keys AS k
        WHERE k.id = NEW.id AND (k.student_id, k.lesson_id) <> (NEW.student_id, NEW.lesson_id)
    ) THEN
        RAISE EXCEPTION 'progress id "%" is taken', NEW.id
            USING ERRCODE = 'unique_violation', TABLE = 'student_progress', CONSTRAINT = 'student_progress_pkey';
    END IF;
    RAISE EXCEPTION 'student "%" already has progress in lesson "%"', NEW.student_id, NEW.lesson_id
        USING ERRCODE = 'unique_violation', TABLE = 'student_progress',
        CONSTRAINT = 'student_progress_student_id_lesson_id_key',
        HINT = 'Update the row, or call record_progress(), which inserts or updates.';
END;
$$;

COMMENT ON FUNCTION take_progress_key() IS
'BEFORE INSERT row trigger: takes the key, or takes it back when the row moves between years.';

CREATE FUNCTION move_progress_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER  -- people have no grant on the keys
SET search_path FROM CURRENT
AS $$
BEGIN
    IF (NEW.id, NEW.student_id, NEW.lesson_id) IS DISTINCT FROM (OLD.id, OLD.student_id, OLD.lesson_id) THEN
        RAISE EXCEPTION 'progress "%" keeps its id, student and lesson', OLD.id
            USING ERRCODE = 'check_violation', TABLE = 'student_progress',
            CONSTRAINT = 'student_progress_key_is_final',
            HINT = 'Delete the row and record the progress where it belongs.';
    END IF;
    PERFORM count_learning_time(NEW.student_id, NEW.time_spent - OLD.time_spent, NEW.last_accessed);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION move_progress_key() IS
'BEFORE UPDATE row trigger: id, student and lesson are final; the difference of time_spent is counted.';

CREATE FUNCTION give_up_progress_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER  -- people have no grant on the keys
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM student_progress_keys;
    ELSIF TG_WHEN = 'BEFORE' THEN
        UPDATE student_progress_keys SET is_given_up = true WHERE id = OLD.id;
        RETURN OLD;
    ELSE
        DELETE FROM student_progress_keys WHERE id = OLD.id AND is_given_up;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION give_up_progress_key() IS
'BEFORE and AFTER DELETE row trigger, AFTER TRUNCATE: marks the key, then deletes it unless an INSERT took it back.';

CREATE FUNCTION count_learning_time(p_student_id uuid, p_seconds integer, p_at timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_seconds = 0 THEN
        RETURN;
    END IF;
    UPDATE profiles SET total_time_spent = greatest(total_time_spent + p_seconds, 0) WHERE user_id = p_student_id;
    INSERT INTO learning_analytics AS a (student_id, date, total_time_spent)
    SELECT p_student_id, d.day, greatest(p_seconds, 0)
    FROM (SELECT school_day(p_student_id, least(p_at, now())) AS day) AS d
    WHERE d.day IS NOT NULL
    ON CONFLICT (student_id, date) DO UPDATE
    SET total_time_spent = greatest(a.total_time_spent + p_seconds, 0);
END;
$$;

COMMENT ON FUNCTION count_learning_time(uuid, integer, timestamptz) IS
'Adds seconds, negative for a correction, to the profile and to the school''s day of p_at, not later than today. '
'Called by the triggers of progress.';

-- The names put the key last among the BEFORE triggers, after the stamps.
CREATE TRIGGER student_progress_takes_key BEFORE INSERT ON student_progress
FOR EACH ROW EXECUTE FUNCTION take_progress_key();
CREATE TRIGGER student_progress_moves_key BEFORE UPDATE OF id, student_id, lesson_id, time_spent ON student_progress
FOR EACH ROW EXECUTE FUNCTION move_progress_key();
CREATE TRIGGER student_progress_gives_up_key BEFORE DELETE ON student_progress
FOR EACH ROW EXECUTE FUNCTION give_up_progress_key();
CREATE TRIGGER student_progress_gave_up_key AFTER DELETE ON student_progress
FOR EACH ROW EXECUTE FUNCTION give_up_progress_key();
CREATE TRIGGER student_progress_empties_keys AFTER TRUNCATE ON student_progress
FOR EACH STATEMENT EXECUTE FUNCTION give_up_progress_key();

ALTER TABLE student_progress_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_reads_keys ON student_progress_keys FOR SELECT TO spark_service USING (true);
CREATE POLICY reports_read_all ON student_progress_keys FOR SELECT TO spark_reader USING (true);
GRANT SELECT ON student_progress_keys TO spark_service, spark_reader;
