-- depends: spark_0016_create_lessons
-- Why:  the test at the end of a lesson, or on its own.
-- Lock: none, only new objects. Rollback loses: every quiz.

CREATE TABLE quizzes (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    description text,
    lesson_id uuid,
    time_limit integer,
    max_attempts integer NOT NULL DEFAULT 3,
    passing_score integer NOT NULL DEFAULT 70,
    question_count integer NOT NULL DEFAULT 0,
    is_published boolean NOT NULL DEFAULT false,
    randomize_questions boolean NOT NULL DEFAULT false,
    show_results_immediately boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT quizzes_pkey PRIMARY KEY (id),
    CONSTRAINT quizzes_lesson_id_fkey FOREIGN KEY (lesson_id)
        REFERENCES lessons (id) ON DELETE CASCADE,
    CONSTRAINT quizzes_time_limit_check CHECK (time_limit > 0),
    CONSTRAINT quizzes_max_attempts_check CHECK (max_attempts BETWEEN 1 AND 1000),
    CONSTRAINT quizzes_passing_score_check CHECK (passing_score BETWEEN 0 AND 100),
    CONSTRAINT quizzes_question_count_check CHECK (question_count >= 0)
);

COMMENT ON TABLE quizzes IS 'A quiz; students take it at most max_attempts times.';
COMMENT ON COLUMN quizzes.randomize_questions IS 'The client shuffles; the database does not.';
COMMENT ON COLUMN quizzes.show_results_immediately IS 'Whether the client shows the score at once.';
COMMENT ON COLUMN quizzes.time_limit IS
'Minutes; NULL without a limit. The client keeps it, nobody''s answers are refused.';
COMMENT ON COLUMN quizzes.max_attempts IS 'Submissions a student may make, 1 to 1000.';
COMMENT ON COLUMN quizzes.passing_score IS 'Percent, 0 to 100.';
COMMENT ON COLUMN quizzes.question_count IS 'Counted by questions.';

CREATE INDEX idx_quizzes_lesson ON quizzes (lesson_id);
CREATE INDEX idx_quizzes_published ON quizzes (is_published) WHERE is_published = true;

CREATE TRIGGER update_quizzes_updated_at
BEFORE UPDATE ON quizzes
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE quizzes ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_published_quizzes ON quizzes
FOR SELECT TO authenticated_users
USING (is_published AND (SELECT me.id FROM my_account AS me) IS NOT NULL);

CREATE POLICY all_staff_reads_drafts_of_quizzes ON quizzes
FOR SELECT TO authenticated_users
USING ((SELECT my_role()) = ANY ('{TEACHER,ADMIN}'));

CREATE POLICY service_manages_all ON quizzes
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON quizzes
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON quizzes TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON quizzes TO slate_services;
GRANT SELECT ON quizzes TO slate_readers;
