-- depends: spark_0007_create_user_notifications
-- Why:  a student's day in one row. xp_gained and total_time_spent are counted as they happen, the
--       rest is computed by refresh_analytics(). Daily, weekly and monthly boards add up xp_gained:
--       no other source knows the day.
-- Lock: none, only new objects. Rollback loses: the daily figures; XP per day cannot be computed
--       again.

CREATE TABLE learning_analytics (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    date date NOT NULL,
    total_time_spent integer NOT NULL DEFAULT 0,
    lessons_completed integer NOT NULL DEFAULT 0,
    quizzes_taken integer NOT NULL DEFAULT 0,
    average_score numeric(5, 2),
    xp_gained integer NOT NULL DEFAULT 0,
    subjects_studied text[],
    peak_performance_hour integer,

    CONSTRAINT learning_analytics_pkey PRIMARY KEY (id),
    CONSTRAINT learning_analytics_student_id_date_key UNIQUE (student_id, date),
    CONSTRAINT learning_analytics_dates_are_finite_check CHECK (isfinite(date)),
    CONSTRAINT learning_analytics_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT learning_analytics_total_time_spent_check CHECK (total_time_spent >= 0),
    CONSTRAINT learning_analytics_lessons_completed_check CHECK (lessons_completed >= 0),
    CONSTRAINT learning_analytics_quizzes_taken_check CHECK (quizzes_taken >= 0),
    CONSTRAINT learning_analytics_average_score_check CHECK (average_score BETWEEN 0 AND 100),
    CONSTRAINT learning_analytics_peak_performance_hour_check CHECK (
        peak_performance_hour BETWEEN 0 AND 23
    )
) WITH (fillfactor = 80);

-- fillfactor: every lesson adds to its day in place, without touching an index.
COMMENT ON TABLE learning_analytics IS 'One row per student and day of the school''s zone.';
COMMENT ON COLUMN learning_analytics.lessons_completed IS 'Lessons completed that day, 0 and up.';
COMMENT ON COLUMN learning_analytics.quizzes_taken IS 'Submissions handed in that day, 0 and up.';
COMMENT ON COLUMN learning_analytics.date IS 'The day in the zone of the student''s school.';
COMMENT ON COLUMN learning_analytics.total_time_spent IS
'Seconds spent on lessons that day; counted as it happens, up to 2147483647.';
COMMENT ON COLUMN learning_analytics.average_score IS
'Mean score of the day''s graded submissions, 0 to 100.';
COMMENT ON COLUMN learning_analytics.xp_gained IS
'XP gained that day, less XP taken back; counted as it happens.';
COMMENT ON COLUMN learning_analytics.subjects_studied IS
'Subjects of the lessons last touched that day, sorted.';
COMMENT ON COLUMN learning_analytics.peak_performance_hour IS
'Hour 0 to 23 of the school''s day with the best mean score; NULL without a graded submission.';

-- The boards add up a range of days over all students.
CREATE INDEX learning_analytics_date_idx ON learning_analytics (date, student_id);

ALTER TABLE learning_analytics ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_analytics ON learning_analytics
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY carers_read_analytics ON learning_analytics
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_charge_ids())::uuid[]));

CREATE POLICY service_manages_all ON learning_analytics
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON learning_analytics
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON learning_analytics TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON learning_analytics TO slate_services;
GRANT SELECT ON learning_analytics TO slate_readers;
