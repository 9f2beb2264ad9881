-- depends: vividly_0016_create_generated_content
-- Why:  a student's question on its way from text to video.
-- Lock: none, only new objects. Rollback loses: every request.

CREATE TYPE request_status AS ENUM (
    'nlu_processing',
    'needs_clarification',
    'cache_check',
    'generating_script',
    'generating_audio',
    'generating_video',
    'fast_path_ready',
    'completed',
    'failed'
);

COMMENT ON TYPE request_status IS
'The stations of the pipeline; which may follow which is in request_status_moves.';

CREATE TABLE content_requests (
    id varchar(50) NOT NULL,
    student_id varchar(50) NOT NULL,
    original_query text NOT NULL,
    topic_id varchar(100),
    interest_id varchar(50),
    style varchar(50) NOT NULL DEFAULT 'conversational',
    status request_status NOT NULL DEFAULT 'nlu_processing',
    cache_hit boolean NOT NULL DEFAULT false,
    generated_content_id varchar(50),
    error_message text,
    retry_count integer NOT NULL DEFAULT 0,
    completed_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    school_id varchar(50) NOT NULL,
    deleted_at timestamptz,

    CONSTRAINT content_requests_pkey PRIMARY KEY (id),
    CONSTRAINT content_requests_student_id_fkey FOREIGN KEY (student_id, school_id)
        REFERENCES users (id, org_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT content_requests_topic_id_fkey FOREIGN KEY (topic_id)
        REFERENCES topics (id) ON DELETE SET NULL,
    CONSTRAINT content_requests_interest_id_fkey FOREIGN KEY (interest_id)
        REFERENCES interests (id) ON DELETE SET NULL,
    CONSTRAINT content_requests_generated_content_id_fkey FOREIGN KEY (generated_content_id)
        REFERENCES generated_content (id) ON DELETE SET NULL,
    CONSTRAINT content_requests_retry_count_check CHECK (retry_count BETWEEN 0 AND 1000000),
    CONSTRAINT content_requests_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT content_requests_times_check CHECK (
        isfinite(completed_at) AND isfinite(created_at) AND isfinite(updated_at)
        AND isfinite(deleted_at)
    )
);

COMMENT ON TABLE content_requests IS
'One question of one student, from its text to the video that answers it.';
COMMENT ON COLUMN content_requests.id IS 'generate_id(''req'').';
COMMENT ON COLUMN content_requests.original_query IS 'As the student typed it.';
COMMENT ON COLUMN content_requests.topic_id IS
'What language understanding made of it; so interest_id and style.';
COMMENT ON COLUMN content_requests.cache_hit IS 'The video was there already.';
COMMENT ON COLUMN content_requests.retry_count IS
'0 to 1,000,000; a failed request starts anew only when this goes up.';
COMMENT ON COLUMN content_requests.completed_at IS 'Filled when the status becomes completed.';
COMMENT ON COLUMN content_requests.metadata IS
'Free: clarification questions and answers and the like.';
COMMENT ON COLUMN content_requests.school_id IS
'The student''s school. Derived; whatever is written is replaced.';
COMMENT ON COLUMN content_requests.deleted_at IS
'Soft delete, 90 days after a request is done: people no longer see it.';

CREATE INDEX idx_content_requests_student ON content_requests (student_id, created_at DESC);
CREATE INDEX idx_content_requests_status ON content_requests (status)
WHERE status NOT IN ('completed', 'failed');
CREATE INDEX idx_content_requests_topic ON content_requests (topic_id) WHERE topic_id IS NOT NULL;
CREATE INDEX content_requests_interest_id_idx ON content_requests (interest_id)
WHERE interest_id IS NOT NULL;
CREATE INDEX content_requests_generated_content_id_idx ON content_requests (generated_content_id)
WHERE generated_content_id IS NOT NULL;
-- For the administrators' policy and the foreign key.
CREATE INDEX content_requests_school_id_student_id_idx ON content_requests (school_id, student_id);
-- For the policy of Vividly's staff, and for reading what was asked when, deleted or not.
CREATE INDEX content_requests_created_at_idx ON content_requests (created_at);

-- Serves the daily soft delete and the cache hit rate by day: what is deleted is not in here, so it
-- stays small. With what the rate and the policies ask, a month is counted without the table.
CREATE INDEX content_requests_live_created_at_idx ON content_requests (created_at)
INCLUDE (status, cache_hit, student_id, school_id, deleted_at)
WHERE deleted_at IS NULL;

-- Serves the list of what waits, in its order. The documented index by status cannot give one.
CREATE INDEX content_requests_open_idx ON content_requests (updated_at, id)
WHERE status NOT IN ('completed', 'failed') AND deleted_at IS NULL;

-- Serves the export of what was soft-deleted.
CREATE INDEX content_requests_deleted_at_idx ON content_requests (deleted_at)
WHERE deleted_at IS NOT NULL;

CREATE TRIGGER update_content_requests_updated_at
BEFORE UPDATE ON content_requests
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TRIGGER content_requests_belong_to_a_student
BEFORE INSERT OR UPDATE OF student_id, school_id ON content_requests
FOR EACH ROW EXECUTE FUNCTION fit_row_to_student();

CREATE TRIGGER content_requests_are_of_students
AFTER INSERT OR UPDATE OF student_id ON content_requests
FOR EACH ROW EXECUTE FUNCTION require_student();

ALTER TABLE content_requests ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_requests ON content_requests
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me) AND deleted_at IS NULL);

CREATE POLICY students_add_own_requests ON content_requests
FOR INSERT TO authenticated_users
WITH CHECK (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY administrators_read_school_requests ON content_requests
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY class_teachers_read_students_requests ON content_requests
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY internal_staff_read_requests ON content_requests
FOR SELECT TO authenticated_users
USING (created_at >= (SELECT staff_from_time()) AND created_at <= 'infinity');

CREATE POLICY service_manages_all ON content_requests
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON content_requests
FOR SELECT TO slate_readers
USING (true);

-- People ask; the pipeline alone moves a request on.
GRANT SELECT ON content_requests TO authenticated_users, slate_readers;
GRANT INSERT (id, student_id, original_query, topic_id, interest_id, style) ON content_requests
TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON content_requests TO slate_services;
