-- depends: spark_0021_keep_streaks
-- Why:  what a student answered. Students hand in and read; only staff and the back end give
--       scores.
-- Lock: none, only new objects. Rollback loses: every submission.

CREATE TABLE submissions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    quiz_id uuid NOT NULL,
    answers jsonb NOT NULL,
    score numeric(5, 2),
    max_score integer NOT NULL,
    time_spent integer NOT NULL,
    attempt integer NOT NULL DEFAULT 1,
    is_final boolean NOT NULL DEFAULT false,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    graded_at timestamptz,
    graded_by uuid,
    feedback text,
    sync_version integer NOT NULL DEFAULT 1,
    device_id varchar(100),

    CONSTRAINT submissions_pkey PRIMARY KEY (id, submitted_at),
    CONSTRAINT submissions_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT submissions_quiz_id_fkey FOREIGN KEY (quiz_id)
        REFERENCES quizzes (id) ON DELETE CASCADE,
    CONSTRAINT submissions_graded_by_fkey FOREIGN KEY (graded_by) REFERENCES users (id),
    CONSTRAINT submissions_dates_are_finite_check CHECK (
        isfinite(submitted_at)
        AND isfinite(graded_at)
    ),
    CONSTRAINT submissions_answers_check CHECK (jsonb_typeof(answers) IN ('object', 'array')),
    CONSTRAINT submissions_score_check CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT submissions_max_score_check CHECK (max_score >= 0),
    CONSTRAINT submissions_time_spent_check CHECK (time_spent BETWEEN 0 AND 31536000),
    CONSTRAINT submissions_attempt_check CHECK (attempt >= 1),
    CONSTRAINT submissions_sync_version_check CHECK (sync_version BETWEEN 1 AND 2000000000)
) PARTITION BY RANGE (submitted_at);

COMMENT ON TABLE submissions IS
'A student''s attempt at a quiz. At most quizzes.max_attempts each, at most one final '
'(submission_keys sees to both). One partition a year; make more with the job '
'create_partitions_ahead.';
COMMENT ON COLUMN submissions.is_final IS
'The result that counts; at most one for a student and quiz.';
COMMENT ON COLUMN submissions.graded_at IS 'Set with score, cleared without.';
COMMENT ON COLUMN submissions.device_id IS 'The device it was handed in on.';
COMMENT ON COLUMN submissions.answers IS 'By question id, or in question order.';
COMMENT ON COLUMN submissions.score IS 'Percent, 0 to 100; NULL until graded.';
COMMENT ON COLUMN submissions.max_score IS
'Points that could be had, 0 and up; the sum of questions.points where not given.';
COMMENT ON COLUMN submissions.time_spent IS 'Seconds, 0 to 31536000, a year.';
COMMENT ON COLUMN submissions.attempt IS
'1 to quizzes.max_attempts; the lowest free number where the given one is taken.';
COMMENT ON COLUMN submissions.submitted_at IS 'Partition key.';
COMMENT ON COLUMN submissions.graded_by IS 'Who gave the score; NULL for the back end.';
COMMENT ON COLUMN submissions.sync_version IS
'1 to 2,000,000,000, counted up by the database on every change.';

CREATE INDEX idx_submissions_student ON submissions (student_id, quiz_id);
CREATE INDEX idx_submissions_quiz ON submissions (quiz_id);
-- Ungraded submissions are not the best ones.
CREATE INDEX idx_submissions_score ON submissions (score DESC NULLS LAST);
CREATE INDEX idx_submissions_submitted ON submissions (submitted_at DESC);
-- A student's final result; that there is only one is submission_keys' to keep.
CREATE INDEX idx_submissions_final ON submissions (student_id, quiz_id) WHERE is_final = true;
CREATE INDEX submissions_graded_by_idx ON submissions (graded_by) WHERE graded_by IS NOT NULL;

CREATE TRIGGER submissions_bump_version
BEFORE UPDATE ON submissions
FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION bump_sync_version();

-- Definer: students may not read the questions that the sum is of.
CREATE FUNCTION complete_submission() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.max_score IS NULL AND TG_OP = 'INSERT' THEN
        NEW.max_score := coalesce(
            (
                SELECT least(sum(q.points), 2147483647) FROM questions AS q
                WHERE q.quiz_id = NEW.quiz_id
            ), 0
        );
    END IF;
    IF NEW.score IS NULL THEN
        NEW.graded_at := NULL;
        NEW.graded_by := NULL;
    ELSIF TG_OP = 'INSERT' AND current_setting('slate.moved_submission', true) = NEW.id::text THEN
        PERFORM set_config('slate.moved_submission', '', true);  -- no new mark, another year
    ELSIF TG_OP = 'INSERT' OR NEW.score IS DISTINCT FROM OLD.score
        OR NEW.graded_by <> coalesce(OLD.graded_by, NEW.id)
    THEN
        NEW.graded_at := coalesce(CASE WHEN TG_OP = 'INSERT' THEN NEW.graded_at END, now());
        NEW.graded_by := coalesce(current_user_id(), NEW.graded_by);
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION complete_submission() IS
'BEFORE row trigger: max_score from the questions where not given; graded_at and graded_by follow '
'score.';

CREATE FUNCTION note_moved_submission() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM set_config('slate.moved_submission', NEW.id::text, true);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION note_moved_submission() IS
'BEFORE UPDATE row trigger: a change of year is a DELETE and an INSERT, which would make who '
'corrects the date the grader.';

CREATE TRIGGER submissions_note_move
BEFORE UPDATE OF submitted_at ON submissions
FOR EACH ROW WHEN (
    date_trunc('year', OLD.submitted_at, 'UTC') <> date_trunc('year', NEW.submitted_at, 'UTC')
)
EXECUTE FUNCTION note_moved_submission();
CREATE TRIGGER submissions_are_completed
BEFORE INSERT OR UPDATE OF score, graded_by ON submissions
FOR EACH ROW WHEN (
    NEW.max_score IS NULL OR NEW.score IS NOT NULL
    OR NEW.graded_at IS NOT NULL OR NEW.graded_by IS NOT NULL
)
EXECUTE FUNCTION complete_submission();
-- By row: a change that moves a row to another year is a DELETE and an INSERT, which no statement
-- trigger would see.
CREATE TRIGGER audit_submissions
AFTER INSERT OR UPDATE OR DELETE ON submissions
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('submissions');

CREATE FUNCTION may_submit(p_student_id uuid, p_quiz_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN coalesce(p_student_id = current_user_id(), false)
        AND EXISTS (SELECT 1 FROM quizzes AS z WHERE z.id = p_quiz_id AND z.is_published);
END;
$$;

COMMENT ON FUNCTION may_submit(uuid, uuid) IS
'Whether the caller is the student and the quiz is published. Reads only.';

GRANT EXECUTE ON FUNCTION may_submit(uuid, uuid) TO authenticated_users, slate_services;

-- Before submissions_…, which know the keys of others.
CREATE TRIGGER people_submit_for_themselves
BEFORE INSERT ON submissions
FOR EACH ROW WHEN (acts_as_person() AND NOT may_submit(NEW.student_id, NEW.quiz_id))
EXECUTE FUNCTION refuse_hidden_row('submissions');

ALTER TABLE submissions ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_submissions ON submissions
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY students_add_own_submissions ON submissions
FOR INSERT TO authenticated_users
WITH CHECK (may_submit(student_id, quiz_id));

CREATE POLICY carers_read_submissions ON submissions
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY class_teachers_change_submissions ON submissions
FOR UPDATE TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::uuid[]));

CREATE POLICY service_manages_all ON submissions
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON submissions
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON submissions TO authenticated_users;
GRANT INSERT (
    id, student_id, quiz_id, answers, time_spent, attempt, is_final, submitted_at, device_id
)
ON submissions TO authenticated_users;
GRANT UPDATE (score, feedback, is_final, sync_version) ON submissions TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON submissions TO slate_services;
GRANT SELECT ON submissions TO slate_readers;

DO $$
BEGIN
    PERFORM core.ensure_partitions('submissions', 'year', 6, 0, '2024-07-01 00:00:00+00');
END;
$$;
