-- depends: vividly_0018_create_student_progress
-- Why:  what a student thinks of a video, and what the pipeline did about it.
-- Lock: none, only new objects. Rollback loses: all feedback.

CREATE TYPE feedback_type AS ENUM (
    'mark_complete',
    'make_simpler',
    'try_different_interest',
    'report_issue',
    'rating_only'
);

COMMENT ON TYPE feedback_type IS 'The buttons under a video.';

CREATE TABLE feedback (
    id varchar(50) NOT NULL,
    student_id varchar(50) NOT NULL,
    content_id varchar(50) NOT NULL,
    feedback_type feedback_type NOT NULL,
    rating integer,
    comment text,
    triggered_regeneration boolean NOT NULL DEFAULT false,
    regeneration_request_id varchar(50),
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    school_id varchar(50) NOT NULL,

    CONSTRAINT feedback_pkey PRIMARY KEY (id),
    CONSTRAINT feedback_student_id_fkey FOREIGN KEY (student_id, school_id)
        REFERENCES users (id, org_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT feedback_content_id_fkey FOREIGN KEY (content_id)
        REFERENCES generated_content (id) ON DELETE CASCADE,
    CONSTRAINT feedback_regeneration_request_id_fkey FOREIGN KEY (regeneration_request_id)
        REFERENCES content_requests (id) ON DELETE SET NULL,
    CONSTRAINT feedback_rating_check CHECK (rating IS NULL OR (rating >= 1 AND rating <= 5)),
    CONSTRAINT feedback_rating_only_has_rating_check CHECK (
        feedback_type <> 'rating_only' OR rating IS NOT NULL
    ),
    CONSTRAINT feedback_times_check CHECK (
        isfinite(created_at) AND isfinite(updated_at)
    )
);

COMMENT ON TABLE feedback IS 'One press of a button under a video by one student.';
COMMENT ON COLUMN feedback.id IS 'generate_id(''feedback'').';
COMMENT ON COLUMN feedback.rating IS
'1 to 5 stars; NULL where none were given, which rating_only cannot be.';
COMMENT ON COLUMN feedback.regeneration_request_id IS
'The request that came of it, when triggered_regeneration.';
COMMENT ON COLUMN feedback.school_id IS
'The student''s school. Derived; whatever is written is replaced.';

CREATE INDEX idx_feedback_content ON feedback (content_id, created_at DESC);
CREATE INDEX idx_feedback_student ON feedback (student_id, created_at DESC);
CREATE INDEX idx_feedback_type ON feedback (feedback_type) WHERE triggered_regeneration = true;
-- Serves the struggling students report, with what the policies ask: few of all presses, not all of
-- a student's.
CREATE INDEX feedback_make_simpler_idx ON feedback (student_id, content_id)
INCLUDE (created_at, school_id)
WHERE feedback_type = 'make_simpler';
CREATE INDEX feedback_regeneration_request_id_idx ON feedback (regeneration_request_id)
WHERE regeneration_request_id IS NOT NULL;
-- For the administrators' policy and the foreign key.
CREATE INDEX feedback_school_id_student_id_idx ON feedback (school_id, student_id);
-- Serves the two-year export.
CREATE INDEX feedback_created_at_idx ON feedback (created_at);

CREATE TRIGGER update_feedback_updated_at
BEFORE UPDATE ON feedback
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER feedback_belongs_to_a_student
BEFORE INSERT OR UPDATE OF student_id, school_id ON feedback
FOR EACH ROW EXECUTE FUNCTION fit_row_to_student();

CREATE TRIGGER feedback_is_of_a_student
AFTER INSERT OR UPDATE OF student_id ON feedback
FOR EACH ROW EXECUTE FUNCTION require_student();

ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_feedback ON feedback
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY students_add_own_feedback ON feedback
FOR INSERT TO authenticated_users
WITH CHECK (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY administrators_read_school_feedback ON feedback
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]));

CREATE POLICY class_teachers_read_students_feedback ON feedback
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::text[]));

CREATE POLICY internal_staff_read_feedback ON feedback
FOR SELECT TO authenticated_users
USING (created_at >= (SELECT staff_from_time()) AND created_at <= 'infinity');

CREATE POLICY service_manages_all ON feedback
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON feedback
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON feedback TO authenticated_users, slate_readers;
GRANT INSERT (id, student_id, content_id, feedback_type, rating, comment) ON feedback
TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback TO slate_services;
