-- depends: vividly_0039_refuse_infinite_days
-- Why:  who reads a column's name in a client sees its comment beside it: unit, range, what NULL
--       means. What is the same in several tables is said once, at the end.
-- Lock: SHARE UPDATE EXCLUSIVE on each table, briefly. Rollback loses: the comments.

COMMENT ON COLUMN audit_logs.ip_address IS 'Where the request came from; NULL where unknown.';
COMMENT ON COLUMN audit_logs.user_agent IS 'What the client called itself; NULL where unknown.';
COMMENT ON COLUMN bulk_upload_jobs.completed_at IS 'When it ended; NULL while it has not.';
COMMENT ON COLUMN bulk_upload_jobs.failed_count IS
'Rows that gave no account, 0 and up; with successful_count at most total_rows.';
COMMENT ON COLUMN bulk_upload_jobs.file_path IS 'Where the file lies, up to 500 characters.';
COMMENT ON COLUMN bulk_upload_jobs.started_at IS 'When work on it began; NULL while it waits.';
COMMENT ON COLUMN bulk_upload_jobs.status IS 'queued, processing, completed or failed.';
COMMENT ON COLUMN bulk_upload_jobs.successful_count IS
'Rows that became accounts, 0 and up; at most total_rows.';
COMMENT ON COLUMN class_students.enrolled_at IS 'When the student joined; now by default.';
COMMENT ON COLUMN classes.name IS 'As people see it, up to 255 characters.';
COMMENT ON COLUMN classes.subject IS
'What is taught, up to 100 characters; NULL for no one subject.';
COMMENT ON COLUMN content_requests.error_message IS 'Why it failed; NULL where it did not.';
COMMENT ON COLUMN content_requests.generated_content_id IS
'The video that answers it; NULL until there is one.';
COMMENT ON COLUMN content_requests.status IS
'Where it is in the pipeline; request_status_moves says what may follow.';
COMMENT ON COLUMN content_requests.style IS 'How it is told; conversational by default.';
COMMENT ON COLUMN feedback.comment IS 'What the student says, in free text.';
COMMENT ON COLUMN feedback.feedback_type IS 'What the student pressed; it moves the progress.';
COMMENT ON COLUMN feedback.triggered_regeneration IS
'Whether another video was made because of it.';
COMMENT ON COLUMN generated_content.audio_url IS 'Address of the sound; NULL until it is made.';
COMMENT ON COLUMN generated_content.content_type IS
'vivid_now is the quick answer, vivid_learning the full video.';
COMMENT ON COLUMN generated_content.duration_seconds IS
'Length in seconds, 0 and up; NULL until it is known.';
COMMENT ON COLUMN generated_content.file_size_bytes IS
'Size in bytes, 0 and up; NULL until it is known.';
COMMENT ON COLUMN generated_content.id IS 'A key such as content_ and 64 random bits.';
COMMENT ON COLUMN generated_content.thumbnail_url IS
'Address of a picture of it; NULL until there is one.';
COMMENT ON COLUMN generated_content.video_url IS 'Address of the video; NULL until it is made.';
COMMENT ON COLUMN interest_categories.name IS
'As interests write it; a new one joins by being used.';
COMMENT ON COLUMN interests.category IS 'A name of interest_categories; NULL for none.';
COMMENT ON COLUMN interests.icon_url IS 'Address of a picture; NULL for none.';
COMMENT ON COLUMN interests.name IS 'As students see it, up to 100 characters; unique.';
COMMENT ON COLUMN organizations.address IS 'Street and house, in free text.';
COMMENT ON COLUMN organizations.city IS 'In words, up to 100 characters.';
COMMENT ON COLUMN organizations.name IS 'As people see it, up to 255 characters.';
COMMENT ON COLUMN organizations.org_type IS
'A district, or a school below one; it does not change.';
COMMENT ON COLUMN organizations.phone IS 'Up to 20 characters, as it is dialled.';
COMMENT ON COLUMN organizations.zip_code IS 'Up to 10 characters.';
COMMENT ON COLUMN request_status_moves.from_status IS 'Where a request is.';
COMMENT ON COLUMN request_status_moves.to_status IS 'Where it may go from there.';
COMMENT ON COLUMN retention_exports.confirmed_at IS
'When somebody vouched for the copy; NULL until then.';
COMMENT ON COLUMN retention_exports.deleted_at IS
'When its rows were deleted here; NULL until then.';
COMMENT ON COLUMN retention_exports.exported_at IS 'When the export began.';
COMMENT ON COLUMN retention_exports.rows_deleted IS 'Rows deleted here, 0 and up; NULL until then.';
COMMENT ON COLUMN retention_exports.table_name IS 'The table that was exported.';
COMMENT ON COLUMN student_account_requests.justification IS 'Why the teacher asks, in free text.';
COMMENT ON COLUMN student_account_requests.review_notes IS
'What the administrator says of it, in free text.';
COMMENT ON COLUMN student_account_requests.status IS 'pending until it is decided, once.';
COMMENT ON COLUMN student_progress.last_viewed_at IS
'When a video of the topic was last seen; NULL before the first.';
COMMENT ON COLUMN student_progress.status IS
'not_started at first; completed and struggling by feedback.';
COMMENT ON COLUMN topic_subjects.name IS 'As topics write it; a new one joins by being used.';
COMMENT ON COLUMN topics.parent_id IS 'The topic above; NULL for a root.';
COMMENT ON COLUMN topics.subject IS 'A name of topic_subjects.';
COMMENT ON COLUMN topics.title IS 'As people see it, up to 255 characters.';
COMMENT ON COLUMN topics.description IS 'For people, up to 200,000 characters; it is searched.';
COMMENT ON COLUMN users.email_verified IS 'Whether the person answered from the address.';
COMMENT ON COLUMN users.last_login_at IS
'When the person last came in; NULL before the first time.';
COMMENT ON COLUMN users.org_id IS 'The school or district that the person belongs to.';
COMMENT ON COLUMN users.reset_token_expires_at IS
'Until when the token may be redeemed; NULL for no token.';
COMMENT ON COLUMN users.role IS 'What the person may do; it fits the kind of organisation.';

DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname, s.says
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        INNER JOIN (VALUES
        ('id', 'Number of the row, given by the database in order.'),
        ('created_at', 'When the row was written, by the clock of its transaction; UTC inside.'),
        ('updated_at', 'When the row last changed; kept by the database.'),
        ('student_id', 'The student that the row is about; it goes with the account.'),
        ('class_id', 'The class that it belongs to.'),
        ('school_id', 'The school that it belongs to.'),
        ('teacher_id', 'The teacher, of the school of the class.'),
        ('topic_id', 'The topic that it is about.'),
        ('interest_id', 'The interest that it is about.'),
        ('content_id', 'The video that it is about.'),
        ('first_name', 'Up to 100 characters.'),
        ('last_name', 'Up to 100 characters.'),
        ('is_active', 'Whether it is in use; true by default.'),
        ('metadata', 'JSON object; its keys are the application''s.'),
        ('description', 'For people, in free text.')
        ) AS s (attname, says) ON s.attname = a.attname
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND c.relname <> '_slate_ledger'  -- of the tool, not of the product
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IS NULL
        ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN %s.%I IS %L', v_column.relation, v_column.attname, v_column.says
        );
    END LOOP;
END;
$$;
