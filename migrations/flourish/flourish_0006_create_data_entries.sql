-- depends: flourish_0005_create_skills_and_levels
-- Why:  an assessment is worth what its evidence is worth, so the full text of all is kept.
-- Lock: brief on students and teachers (new foreign keys). Rollback loses: every entry.

CREATE TABLE data_entries (
    id varchar(20) NOT NULL,
    student_id varchar(10) NOT NULL,
    teacher_id varchar(10) DEFAULT current_teacher_id(),
    type varchar(50) NOT NULL,
    date date NOT NULL,
    content text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT data_entries_pkey PRIMARY KEY (id),
    -- The target of assessments' foreign key: an assessment is about the student of its entry. The
    -- id leads: entries arrive in its order, so the index grows at one end.
    CONSTRAINT data_entries_id_student_id_key UNIQUE (id, student_id),
    CONSTRAINT data_entries_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES students (id) ON DELETE CASCADE,
    CONSTRAINT data_entries_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES teachers (id) ON DELETE SET NULL,
    CONSTRAINT chk_data_entry_id CHECK (id ~ '^DE[0-9]{3,}$'),
    CONSTRAINT chk_data_type CHECK (type IN (
        'group_discussion_transcript',
        'peer_tutoring_transcript',
        'project_presentation_transcript',
        'reflection_journal',
        'peer_feedback',
        'teacher_observation_note',
        'parent_note'
    )),
    -- TRIM knows spaces only; [:space:] knows tabs and line breaks, but not these invisible three.
    CONSTRAINT chk_content_not_empty CHECK (content ~ '[^[:space:]\u00a0\u200b\ufeff]'),
    CONSTRAINT data_entries_metadata_is_object_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT data_entries_times_finite_check CHECK (isfinite(date) AND isfinite(created_at))
);

COMMENT ON TABLE data_entries IS
'A piece of evidence about one student: a transcript, a journal, a note.';
COMMENT ON COLUMN data_entries.id IS
'DE and three or more digits. Sorts as text, DE999 after DE1000: order by date or created_at.';
COMMENT ON COLUMN data_entries.student_id IS 'Whom the entry is about, and with whom it goes.';
COMMENT ON COLUMN data_entries.type IS
'One of seven kinds of evidence: three transcripts, reflection_journal, peer_feedback, two '
'notes.';
COMMENT ON COLUMN data_entries.content IS 'The full text as it was said or written; not blank.';
COMMENT ON COLUMN data_entries.created_at IS 'When it was recorded.';
COMMENT ON COLUMN data_entries.teacher_id IS
'The author; NULL when no teacher wrote it or the teacher was deleted.';
COMMENT ON COLUMN data_entries.date IS 'The day it happened; created_at is when it was recorded.';
COMMENT ON COLUMN data_entries.metadata IS
'A JSON object of whatever the source tells besides, e.g. {"class": "7B"}.';

-- Serves the student's timeline, the policies below and the cascade from students.
CREATE INDEX idx_data_entries_student_date ON data_entries (student_id, date DESC);

CREATE INDEX idx_data_entries_type ON data_entries (type);

CREATE INDEX idx_data_entries_teacher ON data_entries (teacher_id);

-- Serves metadata @> '{"class": "7B"}'.
CREATE INDEX idx_data_entries_metadata ON data_entries USING gin (metadata);

ALTER TABLE data_entries ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_and_their_teachers_read_entries ON data_entries
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT visible_student_ids())::text[]));

CREATE POLICY teachers_add_entries_of_own_students ON data_entries
FOR INSERT TO authenticated_users
WITH CHECK (
    teacher_id = (SELECT current_user_id())
    AND student_id = ANY ((SELECT my_student_ids())::text[])
);

CREATE POLICY service_manages_all ON data_entries
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON data_entries
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT (id, student_id, teacher_id, type, date, content, metadata)
ON data_entries TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON data_entries TO slate_services;
-- Without content and metadata: what minors said and wrote is no matter for reports.
GRANT SELECT (id, student_id, teacher_id, type, date, created_at)
ON data_entries TO slate_readers;
