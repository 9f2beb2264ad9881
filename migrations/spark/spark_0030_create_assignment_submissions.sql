-- depends: spark_0029_list_own_assignments
-- Why:  a student's work: late or not is the clock's to say, the score the teacher's.
-- Lock: brief on assignments (new trigger). Rollback loses: all handed-in work.

CREATE TABLE assignment_submissions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    assignment_id uuid NOT NULL,
    student_id uuid NOT NULL,
    content text,
    file_urls text[],
    submitted_at timestamptz NOT NULL DEFAULT now(),
    is_late boolean NOT NULL DEFAULT false,
    score numeric(5, 2),
    feedback text,
    graded_at timestamptz,
    graded_by uuid,

    CONSTRAINT assignment_submissions_pkey PRIMARY KEY (id),
    CONSTRAINT assignment_submissions_assignment_id_fkey FOREIGN KEY (assignment_id)
        REFERENCES assignments (id) ON DELETE CASCADE,
    CONSTRAINT assignment_submissions_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT assignment_submissions_graded_by_fkey FOREIGN KEY (graded_by) REFERENCES users (id),
    CONSTRAINT assignment_submissions_dates_are_finite_check
        CHECK (isfinite(submitted_at) AND isfinite(graded_at)),
    CONSTRAINT assignment_submissions_score_check CHECK (score >= 0 AND score <> 'NaN')
);

COMMENT ON TABLE assignment_submissions IS
'A student''s work for an assignment, once each; handing in again updates the row.';
COMMENT ON COLUMN assignment_submissions.content IS 'The student''s text; nobody else writes it.';
COMMENT ON COLUMN assignment_submissions.is_late IS
'submitted_at after assignments.due_date; kept by the database.';
COMMENT ON COLUMN assignment_submissions.score IS
'Points from 0 to assignments.max_score; NULL until graded.';
COMMENT ON COLUMN assignment_submissions.graded_by IS 'Who gave the score; NULL for the back end.';

CREATE UNIQUE INDEX idx_assignment_submissions_assignment
ON assignment_submissions (assignment_id, student_id);
CREATE INDEX idx_assignment_submissions_student ON assignment_submissions (student_id);
CREATE INDEX idx_assignment_submissions_submitted ON assignment_submissions (submitted_at DESC);
CREATE INDEX assignment_submissions_graded_by_idx
ON assignment_submissions (graded_by)
WHERE graded_by IS NOT NULL;

-- Definer: reads the assignment and the enrolment, also unpublished and past ones.
CREATE FUNCTION check_assignment_submission() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_assignment assignments;
    v_handed_in boolean := TG_OP = 'INSERT'
        OR (NEW.content, NEW.file_urls) IS DISTINCT FROM (OLD.content, OLD.file_urls);
    v_scored boolean := NEW.score IS NOT NULL
        AND (TG_OP = 'INSERT' OR NEW.score IS DISTINCT FROM OLD.score);
BEGIN
    -- FOR SHARE: a due date that moves at the same time is seen by one side or the other.
    SELECT * INTO v_assignment FROM assignments AS a WHERE a.id = NEW.assignment_id FOR SHARE;
    IF NOT FOUND THEN
        RETURN NEW;  -- the foreign key says so better
    END IF;

    IF TG_OP = 'UPDATE' AND current_user_id() = NEW.student_id
        AND (NEW.score, NEW.feedback) IS DISTINCT FROM (OLD.score, OLD.feedback) THEN
        RAISE EXCEPTION 'students do not grade their own work'
            USING ERRCODE = 'insufficient_privilege', TABLE = 'assignment_submissions',
            COLUMN = 'score', CONSTRAINT = 'assignment_submissions_graded_by_others';
    END IF;
    IF TG_OP = 'UPDATE' AND v_handed_in AND current_user_id() <> NEW.student_id THEN
        RAISE EXCEPTION 'a student''s work is the student''s to write'
            USING ERRCODE = 'insufficient_privilege', TABLE = 'assignment_submissions',
            COLUMN = 'content', CONSTRAINT = 'assignment_submissions_written_by_student';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM enrollments AS e
        WHERE e.student_id = NEW.student_id
            AND e.class_id = v_assignment.class_id
            AND e.status = 'ACTIVE'
    ) THEN
        RAISE EXCEPTION 'student "%" does not attend the class of assignment "%"',
            NEW.student_id, NEW.assignment_id
            USING ERRCODE = 'check_violation', TABLE = 'assignment_submissions',
            CONSTRAINT = 'assignment_submissions_student_attends_class';
    END IF;

    IF TG_OP = 'UPDATE' AND v_handed_in AND NEW.submitted_at = OLD.submitted_at THEN
        NEW.submitted_at := now();
    END IF;
    NEW.is_late := NEW.submitted_at > v_assignment.due_date;
    IF NEW.is_late AND v_handed_in AND NOT v_assignment.late_submission_allowed THEN
        RAISE EXCEPTION 'assignment "%" was due at % and takes no late work',
            NEW.assignment_id, v_assignment.due_date
            USING ERRCODE = 'check_violation', TABLE = 'assignment_submissions',
            COLUMN = 'submitted_at',
            CONSTRAINT = 'assignment_submissions_on_time_check',
            HINT = 'The teacher may set late_submission_allowed or a later due_date.';
    END IF;
    IF v_scored AND NEW.score > v_assignment.max_score THEN
        RAISE EXCEPTION 'score % is above the assignment''s maximum of %',
            NEW.score, v_assignment.max_score
            USING ERRCODE = 'check_violation', TABLE = 'assignment_submissions', COLUMN = 'score',
            CONSTRAINT = 'assignment_submissions_score_check';
    END IF;

    IF v_scored OR (NEW.score IS NOT NULL AND NEW.graded_by <> coalesce(OLD.graded_by, NEW.id)) THEN
        NEW.graded_at := coalesce(CASE WHEN TG_OP = 'INSERT' THEN NEW.graded_at END, now());
        NEW.graded_by := coalesce(current_user_id(), NEW.graded_by);
    ELSIF NEW.score IS NULL THEN
        NEW.graded_at := NULL;
        NEW.graded_by := NULL;
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION check_assignment_submission() IS
'BEFORE row trigger: only who attends hands in, is_late follows the clock, late work only where '
'allowed, score up to max_score, graded_at and graded_by follow score.';

CREATE TRIGGER assignment_submissions_are_allowed
BEFORE INSERT ON assignment_submissions
FOR EACH ROW WHEN (acts_as_person() AND NOT may_hand_in(NEW.student_id, NEW.assignment_id))
EXECUTE FUNCTION refuse_hidden_row('assignment_submissions');
CREATE TRIGGER assignment_submissions_are_checked
BEFORE INSERT OR UPDATE ON assignment_submissions
FOR EACH ROW EXECUTE FUNCTION check_assignment_submission();
CREATE TRIGGER audit_assignment_submissions
AFTER INSERT OR UPDATE OR DELETE ON assignment_submissions
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('assignment_submissions');

-- Definer: all work is rechecked, whoever may see it.
CREATE FUNCTION recheck_lateness() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE assignment_submissions AS s SET is_late = s.submitted_at > NEW.due_date
    WHERE s.assignment_id = NEW.id AND s.is_late <> (s.submitted_at > NEW.due_date);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION recheck_lateness() IS
'AFTER UPDATE row trigger of assignments: is_late follows a moved due_date.';

CREATE TRIGGER assignments_recheck_lateness
AFTER UPDATE OF due_date ON assignments
FOR EACH ROW WHEN (OLD.due_date <> NEW.due_date) EXECUTE FUNCTION recheck_lateness();

ALTER TABLE assignment_submissions ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_work ON assignment_submissions
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY students_add_own_work ON assignment_submissions
FOR INSERT TO authenticated_users
WITH CHECK (may_hand_in(student_id, assignment_id));

CREATE POLICY students_change_own_work ON assignment_submissions
FOR UPDATE TO authenticated_users
USING (graded_at IS NULL AND may_hand_in(student_id, assignment_id));

CREATE POLICY class_teachers_read_work ON assignment_submissions
FOR SELECT TO authenticated_users
USING (
    assignment_id = ANY ((SELECT my_class_assignment_ids())::uuid[])
    AND student_id = ANY ((SELECT my_student_ids())::uuid[])
);

CREATE POLICY class_teachers_change_work ON assignment_submissions
FOR UPDATE TO authenticated_users
USING (
    assignment_id = ANY ((SELECT my_class_assignment_ids())::uuid[])
    AND student_id = ANY ((SELECT my_student_ids())::uuid[])
);

CREATE POLICY guardians_read_work ON assignment_submissions
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_child_ids())::uuid[]));

CREATE POLICY admins_read_work ON assignment_submissions
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_school_student_ids())::uuid[]));

CREATE POLICY service_manages_all ON assignment_submissions
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON assignment_submissions
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON assignment_submissions TO authenticated_users;
GRANT INSERT (id, assignment_id, student_id, content, file_urls) ON assignment_submissions
TO authenticated_users;
GRANT UPDATE (content, file_urls, score, feedback) ON assignment_submissions TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON assignment_submissions TO slate_services;
GRANT SELECT ON assignment_submissions TO slate_readers;
