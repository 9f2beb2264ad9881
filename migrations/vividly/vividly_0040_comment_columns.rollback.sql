DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IN (
                'Number of the row, given by the database in order.',
                'When the row was written, by the clock of its transaction; UTC inside.',
                'When the row last changed; kept by the database.',
                'The student that the row is about; it goes with the account.',
                'The class that it belongs to.',
                'The school that it belongs to.',
                'The teacher, of the school of the class.',
                'The topic that it is about.',
                'The interest that it is about.',
                'The video that it is about.',
                'Up to 100 characters.',
                'Up to 100 characters.',
                'Whether it is in use; true by default.',
                'JSON object; its keys are the application''s.',
                'For people, in free text.'
            )
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS NULL', v_column.relation, v_column.attname);
    END LOOP;
END;
$$;

COMMENT ON COLUMN users.role IS NULL;
COMMENT ON COLUMN users.reset_token_expires_at IS NULL;
COMMENT ON COLUMN users.org_id IS NULL;
COMMENT ON COLUMN users.last_login_at IS NULL;
COMMENT ON COLUMN users.email_verified IS NULL;
COMMENT ON COLUMN topics.description IS NULL;
COMMENT ON COLUMN topics.title IS NULL;
COMMENT ON COLUMN topics.subject IS NULL;
COMMENT ON COLUMN topics.parent_id IS NULL;
COMMENT ON COLUMN topic_subjects.name IS NULL;
COMMENT ON COLUMN student_progress.status IS NULL;
COMMENT ON COLUMN student_progress.last_viewed_at IS NULL;
COMMENT ON COLUMN student_account_requests.status IS NULL;
COMMENT ON COLUMN student_account_requests.review_notes IS NULL;
COMMENT ON COLUMN student_account_requests.justification IS NULL;
COMMENT ON COLUMN retention_exports.table_name IS NULL;
COMMENT ON COLUMN retention_exports.rows_deleted IS NULL;
COMMENT ON COLUMN retention_exports.exported_at IS NULL;
COMMENT ON COLUMN retention_exports.deleted_at IS NULL;
COMMENT ON COLUMN retention_exports.confirmed_at IS NULL;
COMMENT ON COLUMN request_status_moves.to_status IS NULL;
COMMENT ON COLUMN request_status_moves.from_status IS NULL;
COMMENT ON COLUMN organizations.zip_code IS NULL;
COMMENT ON COLUMN organizations.phone IS NULL;
COMMENT ON COLUMN organizations.org_type IS NULL;
COMMENT ON COLUMN organizations.name IS NULL;
COMMENT ON COLUMN organizations.city IS NULL;
COMMENT ON COLUMN organizations.address IS NULL;
COMMENT ON COLUMN interests.name IS NULL;
COMMENT ON COLUMN interests.icon_url IS NULL;
COMMENT ON COLUMN interests.category IS NULL;
COMMENT ON COLUMN interest_categories.name IS NULL;
COMMENT ON COLUMN generated_content.video_url IS NULL;
COMMENT ON COLUMN generated_content.thumbnail_url IS NULL;
COMMENT ON COLUMN generated_content.id IS NULL;
COMMENT ON COLUMN generated_content.file_size_bytes IS NULL;
COMMENT ON COLUMN generated_content.duration_seconds IS NULL;
COMMENT ON COLUMN generated_content.content_type IS NULL;
COMMENT ON COLUMN generated_content.audio_url IS NULL;
COMMENT ON COLUMN feedback.triggered_regeneration IS NULL;
COMMENT ON COLUMN feedback.feedback_type IS NULL;
COMMENT ON COLUMN feedback.comment IS NULL;
COMMENT ON COLUMN content_requests.style IS NULL;
COMMENT ON COLUMN content_requests.status IS NULL;
COMMENT ON COLUMN content_requests.generated_content_id IS NULL;
COMMENT ON COLUMN content_requests.error_message IS NULL;
COMMENT ON COLUMN classes.subject IS NULL;
COMMENT ON COLUMN classes.name IS NULL;
COMMENT ON COLUMN class_students.enrolled_at IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.successful_count IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.status IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.started_at IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.file_path IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.failed_count IS NULL;
COMMENT ON COLUMN bulk_upload_jobs.completed_at IS NULL;
COMMENT ON COLUMN audit_logs.user_agent IS NULL;
COMMENT ON COLUMN audit_logs.ip_address IS NULL;
