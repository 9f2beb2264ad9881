-- depends: spark_0045_create_learning_preferences
-- Why:  a class's day in one row, without names.
-- Lock: none, only new objects. Rollback loses: the daily figures of classes.

CREATE TABLE class_analytics (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    class_id uuid NOT NULL,
    date date NOT NULL,
    active_students integer NOT NULL DEFAULT 0,
    average_engagement numeric(5, 2),
    average_score numeric(5, 2),
    completion_rate numeric(5, 2),
    total_time_spent integer NOT NULL DEFAULT 0,

    CONSTRAINT class_analytics_pkey PRIMARY KEY (id),
    CONSTRAINT class_analytics_class_id_date_key UNIQUE (class_id, date),
    CONSTRAINT class_analytics_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON DELETE CASCADE,
    CONSTRAINT class_analytics_dates_are_finite_check CHECK (isfinite(date)),
    CONSTRAINT class_analytics_active_students_check CHECK (active_students >= 0),
    CONSTRAINT class_analytics_average_engagement_check CHECK (
        average_engagement BETWEEN 0 AND 100
    ),
    CONSTRAINT class_analytics_average_score_check CHECK (average_score BETWEEN 0 AND 100),
    CONSTRAINT class_analytics_completion_rate_check CHECK (completion_rate BETWEEN 0 AND 100),
    CONSTRAINT class_analytics_total_time_spent_check CHECK (total_time_spent >= 0)
);

COMMENT ON TABLE class_analytics IS
'One row per class and day of the school''s zone; written by refresh_analytics().';
COMMENT ON COLUMN class_analytics.active_students IS
'ACTIVE students who spent time, finished a lesson or took a quiz, 0 and up.';
COMMENT ON COLUMN class_analytics.average_engagement IS
'Percent of the ACTIVE students who were active, 0 to 100.';
COMMENT ON COLUMN class_analytics.average_score IS
'Mean of the students'' mean scores that day, 0 to 100.';
COMMENT ON COLUMN class_analytics.completion_rate IS
'Percent of the students'' started lessons completed by now, 0 to 100.';
COMMENT ON COLUMN class_analytics.total_time_spent IS 'Seconds of all students, up to 2147483647.';

ALTER TABLE class_analytics ENABLE ROW LEVEL SECURITY;

CREATE POLICY class_teachers_read_class_analytics ON class_analytics
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::uuid[]));

CREATE POLICY admins_read_class_analytics ON class_analytics
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_school_class_ids())::uuid[]));

CREATE POLICY service_manages_all ON class_analytics
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON class_analytics
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON class_analytics TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON class_analytics TO slate_services;
GRANT SELECT ON class_analytics TO slate_readers;
