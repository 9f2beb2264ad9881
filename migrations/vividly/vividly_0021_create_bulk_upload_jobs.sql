-- depends: vividly_0020_create_student_account_requests
-- Why:  a school year begins with a file of hundreds of students; who uploaded it, and which rows
--       failed.
-- Lock: none, only new objects. Rollback loses: the history of uploads.

CREATE TYPE job_status AS ENUM ('queued', 'processing', 'completed', 'failed');

COMMENT ON TYPE job_status IS 'The stations of an upload in order.';

CREATE TABLE bulk_upload_jobs (
    id varchar(50) NOT NULL,
    uploaded_by varchar(50) NOT NULL,
    school_id varchar(50) NOT NULL,
    file_path varchar(500) NOT NULL,
    total_rows integer,
    status job_status NOT NULL DEFAULT 'queued',
    successful_count integer NOT NULL DEFAULT 0,
    failed_count integer NOT NULL DEFAULT 0,
    error_log jsonb NOT NULL DEFAULT '[]',
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT bulk_upload_jobs_pkey PRIMARY KEY (id),
    CONSTRAINT bulk_upload_jobs_uploaded_by_fkey FOREIGN KEY (uploaded_by)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT bulk_upload_jobs_school_id_fkey FOREIGN KEY (school_id)
        REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT bulk_upload_jobs_counts_check CHECK (
        total_rows >= 0 AND successful_count >= 0 AND failed_count >= 0
        AND successful_count::bigint + failed_count <= total_rows
    ),
    -- Each entry says which row and what was wrong with it.
    CONSTRAINT bulk_upload_jobs_error_log_check CHECK (
        jsonb_typeof(error_log) = 'array'
        AND NOT jsonb_path_exists(error_log, 'strict $[*] ? (!(@.type() == "object"))')
        AND NOT jsonb_path_exists(error_log, 'lax $[*] ? (!(exists(@.row)) || !(exists(@.error)))')
    ),
    CONSTRAINT bulk_upload_jobs_times_check CHECK (
        isfinite(started_at) AND isfinite(completed_at) AND isfinite(created_at)
        AND isfinite(updated_at)
    )
);

COMMENT ON TABLE bulk_upload_jobs IS 'One CSV file of students and how its rows fared.';
COMMENT ON COLUMN bulk_upload_jobs.id IS 'generate_id(''upload_job'').';
COMMENT ON COLUMN bulk_upload_jobs.uploaded_by IS
'Who brought the file: the person of the session where one is set, and kept.';
COMMENT ON COLUMN bulk_upload_jobs.total_rows IS 'Without the header; NULL until counted.';
COMMENT ON COLUMN bulk_upload_jobs.error_log IS '[{"row": 17, "error": "e-mail is taken"}, …].';

CREATE INDEX idx_bulk_upload_jobs_uploader ON bulk_upload_jobs (uploaded_by, created_at DESC);
CREATE INDEX idx_bulk_upload_jobs_status ON bulk_upload_jobs (status);
CREATE INDEX bulk_upload_jobs_school_id_idx ON bulk_upload_jobs (school_id);

-- An upload that is worked on again is not completed.
CREATE TRIGGER bulk_upload_jobs_begin_again
BEFORE UPDATE OF status ON bulk_upload_jobs
FOR EACH ROW WHEN (
    NEW.status IN ('queued', 'processing') AND NEW.completed_at = OLD.completed_at
) EXECUTE FUNCTION core.empty_column('completed_at');

CREATE TRIGGER update_bulk_upload_jobs_updated_at
BEFORE UPDATE ON bulk_upload_jobs
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- AFTER, so that the policies speak first: a person learns nothing of somebody else's id.
CREATE TRIGGER bulk_uploads_come_from_staff
AFTER INSERT OR UPDATE OF uploaded_by ON bulk_upload_jobs
FOR EACH ROW EXECUTE FUNCTION require_role(
    'uploaded_by', 'teacher', 'school_admin', 'district_admin', 'vividly_admin', 'vividly_ops'
);

ALTER TABLE bulk_upload_jobs ENABLE ROW LEVEL SECURITY;

CREATE POLICY administrators_read_school_uploads ON bulk_upload_jobs
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]));

CREATE POLICY administrators_add_school_uploads ON bulk_upload_jobs
FOR INSERT TO authenticated_users
WITH CHECK (
    school_id = ANY ((SELECT my_org_ids())::text[])
    AND uploaded_by = (SELECT me.id FROM my_account AS me)
);

-- Not those of a school the uploader has left.
CREATE POLICY uploaders_read_own_uploads ON bulk_upload_jobs
FOR SELECT TO authenticated_users
USING (
    uploaded_by = (SELECT me.id FROM my_account AS me)
    AND school_id = ANY ((SELECT my_own_org_ids())::text[])
);

CREATE POLICY internal_staff_read_uploads ON bulk_upload_jobs
FOR SELECT TO authenticated_users
USING (school_id >= (SELECT staff_from()) AND school_id <= (SELECT staff_to()));

CREATE POLICY service_manages_all ON bulk_upload_jobs
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON bulk_upload_jobs
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON bulk_upload_jobs TO authenticated_users, slate_readers;
GRANT INSERT (id, uploaded_by, school_id, file_path) ON bulk_upload_jobs TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON bulk_upload_jobs TO slate_services;
