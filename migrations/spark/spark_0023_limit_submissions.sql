-- depends: spark_0022_create_submissions
-- Why:  attempts are numbered 1 to max_attempts and each number is taken once, by a key that spans
--       the partitions: two devices that hand in the last attempt at once get one place. The same
--       table holds one final per quiz.
-- Lock: brief on submissions (new triggers). Rollback loses: the keys.

CREATE TABLE submission_keys (
    id uuid NOT NULL,
    student_id uuid NOT NULL,
    quiz_id uuid NOT NULL,
    attempt integer NOT NULL,
    is_final boolean NOT NULL,

    CONSTRAINT submission_keys_pkey PRIMARY KEY (id),
    CONSTRAINT submission_keys_student_id_quiz_id_attempt_key UNIQUE (student_id, quiz_id, attempt)
);

COMMENT ON TABLE submission_keys IS
'One row for each row of submissions, kept by its triggers: id, attempt and final are unique over '
'all partitions. Dropping a partition fires no trigger: delete its keys in the same transaction.';
COMMENT ON COLUMN submission_keys.is_final IS 'As in submissions.';

CREATE UNIQUE INDEX submission_keys_final_key
ON submission_keys (student_id, quiz_id)
WHERE is_final;

-- Definer: people have no grant on the keys.
CREATE FUNCTION take_submission_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_limit integer := (SELECT z.max_attempts FROM quizzes AS z WHERE z.id = NEW.quiz_id);
    v_free integer;
BEGIN
    -- The number given, if it is free. DO NOTHING waits for a rival's commit and needs no savepoint
    -- for each row.
    IF v_limit IS NULL OR NEW.attempt BETWEEN 1 AND v_limit THEN
        INSERT INTO submission_keys (id, student_id, quiz_id, attempt, is_final)
        VALUES (NEW.id, NEW.student_id, NEW.quiz_id, NEW.attempt, NEW.is_final)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            RETURN NEW;
        END IF;
    END IF;

    FOR v_try IN 1..10 LOOP
        -- Else the lowest free one.
        SELECT n.attempt INTO v_free
        FROM generate_series(1, v_limit) AS n (attempt)
        WHERE NOT EXISTS (
            SELECT 1 FROM submission_keys AS k
            WHERE k.student_id = NEW.student_id
                AND k.quiz_id = NEW.quiz_id
                AND k.attempt = n.attempt
        )
        ORDER BY n.attempt = NEW.attempt DESC, n.attempt
        LIMIT 1;
        IF v_limit IS NOT NULL AND (v_free IS NULL OR NEW.attempt > v_limit) THEN
            RAISE EXCEPTION 'student "%" has no attempt % at quiz "%": % are allowed',
                NEW.student_id, NEW.attempt, NEW.quiz_id, v_limit
                USING ERRCODE = 'check_violation', TABLE = 'submissions', COLUMN = 'attempt',
                CONSTRAINT = 'submissions_max_attempts_check',
                HINT = 'Raise quizzes.max_attempts to allow one more.';
        END IF;
        INSERT INTO submission_keys (id, student_id, quiz_id, attempt, is_final)
        VALUES (NEW.id, NEW.student_id, NEW.quiz_id, coalesce(v_free, NEW.attempt), NEW.is_final)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            NEW.attempt := coalesce(v_free, NEW.attempt);
            RETURN NEW;
        END IF;
        PERFORM refuse_taken_key(NEW.id, NEW.student_id, NEW.quiz_id, NEW.is_final);
    END LOOP;
    RAISE EXCEPTION 'attempt at quiz "%" could not be numbered', NEW.quiz_id
        USING ERRCODE = 'serialization_failure',
        HINT = 'Other sessions take the attempts; run the transaction again.';
END;
$$;

COMMENT ON FUNCTION take_submission_key() IS
'BEFORE INSERT row trigger: numbers the attempt within max_attempts; id and final are unique over '
'all partitions.';

CREATE FUNCTION refuse_taken_key(
    p_id uuid, p_student_id uuid, p_quiz_id uuid, p_is_final boolean
) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM submission_keys AS k WHERE k.id = p_id) THEN
        RAISE EXCEPTION 'submission id "%" is taken', p_id
            USING ERRCODE = 'unique_violation', TABLE = 'submissions',
            CONSTRAINT = 'submissions_pkey',
            HINT = 'record_submission() may be sent again.';
    END IF;
    IF p_is_final AND EXISTS (
        SELECT 1 FROM submission_keys AS k
        WHERE k.student_id = p_student_id AND k.quiz_id = p_quiz_id AND k.is_final AND k.id <> p_id
    ) THEN
        RAISE EXCEPTION 'student "%" already has a final submission for quiz "%"',
            p_student_id, p_quiz_id
            USING ERRCODE = 'unique_violation', TABLE = 'submissions',
            CONSTRAINT = 'idx_submissions_final',
            HINT = 'Clear is_final of the other one first.';
    END IF;
END;
$$;

COMMENT ON FUNCTION refuse_taken_key(uuid, uuid, uuid, boolean) IS
'Raises 23505 under the documented names when the id or the final is taken; returns when only the '
'attempt''s number is.';

-- Definer: people have no grant on the keys.
CREATE FUNCTION move_submission_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF (NEW.id, NEW.student_id, NEW.quiz_id, NEW.attempt)
        <> (OLD.id, OLD.student_id, OLD.quiz_id, OLD.attempt)
    THEN
        RAISE EXCEPTION 'submission "%" keeps its id, student, quiz and attempt', OLD.id
            USING ERRCODE = 'check_violation', TABLE = 'submissions',
            CONSTRAINT = 'submissions_key_is_final';
    END IF;
    BEGIN
        UPDATE submission_keys
        SET is_final = NEW.is_final
        WHERE id = NEW.id AND is_final <> NEW.is_final;
    EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION 'student "%" already has a final submission for quiz "%"',
            NEW.student_id, NEW.quiz_id
            USING ERRCODE = 'unique_violation', TABLE = 'submissions',
            CONSTRAINT = 'idx_submissions_final',
            HINT = 'Clear is_final of the other one first.';
    END;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION move_submission_key() IS
'BEFORE UPDATE row trigger: id, student, quiz and attempt are final; is_final is taken over into '
'the key.';

-- Definer: people have no grant on the keys.
CREATE FUNCTION free_submission_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE submission_keys;  -- a DELETE would see the snapshot's keys only
        RETURN NULL;
    END IF;
    DELETE FROM submission_keys WHERE id = OLD.id;
    RETURN OLD;
END;
$$;

COMMENT ON FUNCTION free_submission_key() IS
'BEFORE DELETE row trigger and AFTER TRUNCATE: frees the key, so that a move between years can '
'take it again.';

CREATE TRIGGER submissions_take_key
BEFORE INSERT ON submissions
FOR EACH ROW EXECUTE FUNCTION take_submission_key();
CREATE TRIGGER submissions_move_key
BEFORE UPDATE OF id, student_id, quiz_id, attempt, is_final ON submissions
FOR EACH ROW WHEN (
    (OLD.id, OLD.student_id, OLD.quiz_id, OLD.attempt, OLD.is_final)
    IS DISTINCT FROM (NEW.id, NEW.student_id, NEW.quiz_id, NEW.attempt, NEW.is_final)
) EXECUTE FUNCTION move_submission_key();
CREATE TRIGGER submissions_free_key
BEFORE DELETE ON submissions
FOR EACH ROW EXECUTE FUNCTION free_submission_key();
CREATE TRIGGER submissions_empty_keys
AFTER TRUNCATE ON submissions
FOR EACH STATEMENT EXECUTE FUNCTION free_submission_key();

ALTER TABLE submission_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON submission_keys
FOR SELECT TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON submission_keys
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON submission_keys TO slate_services, slate_readers;
