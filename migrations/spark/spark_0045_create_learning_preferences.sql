-- depends: spark_0044_create_ai_interactions
-- Why:  how a student likes to learn, for the companion and the teacher.
-- Lock: none, only new objects. Rollback loses: every preference.

CREATE TABLE learning_preferences (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    learning_style varchar(20) NOT NULL DEFAULT 'visual',
    difficulty_preference numeric(3, 2) NOT NULL DEFAULT 0.5,
    session_length_preference integer NOT NULL DEFAULT 30,
    preferred_subjects text[],
    challenging_subjects text[],
    ai_personality varchar(20) NOT NULL DEFAULT 'encouraging',
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT learning_preferences_pkey PRIMARY KEY (id),
    CONSTRAINT learning_preferences_student_id_key UNIQUE (student_id),
    CONSTRAINT learning_preferences_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT learning_preferences_learning_style_check
        CHECK (learning_style IN ('visual', 'auditory', 'kinesthetic')),
    CONSTRAINT learning_preferences_difficulty_preference_check CHECK (
        difficulty_preference BETWEEN 0 AND 1
    ),
    CONSTRAINT learning_preferences_session_length_preference_check CHECK (
        session_length_preference > 0
    ),
    CONSTRAINT learning_preferences_ai_personality_check
        CHECK (ai_personality IN ('encouraging', 'challenging', 'neutral'))
);

COMMENT ON TABLE learning_preferences IS
'A student''s preferences, at most one row each; the student writes it.';
COMMENT ON COLUMN learning_preferences.preferred_subjects IS 'Subjects the student likes.';
COMMENT ON COLUMN learning_preferences.challenging_subjects IS 'Subjects the student finds hard.';
COMMENT ON COLUMN learning_preferences.learning_style IS 'visual, auditory or kinesthetic.';
COMMENT ON COLUMN learning_preferences.difficulty_preference IS '0 easy to 1 hard.';
COMMENT ON COLUMN learning_preferences.session_length_preference IS 'Minutes, above 0.';
COMMENT ON COLUMN learning_preferences.ai_personality IS 'encouraging, challenging or neutral.';

CREATE TRIGGER update_learning_preferences_updated_at
BEFORE UPDATE ON learning_preferences
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE learning_preferences ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_manage_own_preferences ON learning_preferences
FOR ALL TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY class_teachers_read_preferences ON learning_preferences
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::uuid[]));

CREATE POLICY service_manages_all ON learning_preferences
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON learning_preferences
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT, DELETE ON learning_preferences TO authenticated_users;
GRANT UPDATE (
    learning_style, difficulty_preference, session_length_preference, preferred_subjects,
    challenging_subjects, ai_personality, updated_at
) ON learning_preferences TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON learning_preferences TO slate_services;
GRANT SELECT ON learning_preferences TO slate_readers;
