-- depends: spark_0049_rebuild_leaderboards
-- Why:  a class at a glance. Each student counts once in the mean level, however many lessons he
--       has touched. No policy guards a materialized view: people read it through a function that
--       shows them their own classes.
-- Lock: none, only new objects. Rollback loses: nothing; the view is derived.

CREATE MATERIALIZED VIEW class_performance_summary AS
WITH progress AS (
    SELECT
        p.student_id,
        sum(CASE WHEN p.status = 'COMPLETED' THEN 100.0 ELSE p.progress END) AS progress_sum,
        count(*) FILTER (WHERE p.status = 'COMPLETED') AS completed,
        count(*) AS lessons
    FROM student_progress AS p
    GROUP BY p.student_id
)

SELECT
    c.id AS class_id,
    c.name AS class_name,
    c.subject,
    c.grade,
    count(e.student_id) AS total_students,
    count(e.student_id) FILTER (
        WHERE pr.last_active
            > ((now() AT TIME ZONE s.timezone)::date - 7)::timestamp AT TIME ZONE s.timezone
    ) AS active_students,
    avg(pr.level) AS average_level,
    sum(sp.progress_sum) / nullif(sum(sp.lessons), 0) AS average_progress,
    coalesce(sum(sp.completed), 0)::bigint AS completed_lessons,
    coalesce(sum(sp.lessons), 0)::bigint AS total_lesson_attempts
FROM classes AS c
INNER JOIN schools AS s ON s.id = c.school_id
LEFT JOIN enrollments AS e ON e.class_id = c.id AND e.status = 'ACTIVE'
LEFT JOIN profiles AS pr ON pr.user_id = e.student_id
LEFT JOIN progress AS sp ON sp.student_id = e.student_id
GROUP BY c.id, c.name, c.subject, c.grade
WITH DATA;

COMMENT ON MATERIALIZED VIEW class_performance_summary IS
'One row for each class, inactive ones too; refreshed hourly by the job update_leaderboards. '
'Progress is that of all lessons of the students: classes and courses are not linked.';
COMMENT ON COLUMN class_performance_summary.total_students IS 'ACTIVE enrolments.';
COMMENT ON COLUMN class_performance_summary.active_students IS
'Of these, active since midnight seven days ago in the school''s zone.';
COMMENT ON COLUMN class_performance_summary.average_level IS 'Mean level, each student once.';
COMMENT ON COLUMN class_performance_summary.average_progress IS
'Mean percent over the students'' progress rows, COMPLETED as 100; NULL without any. Lessons never '
'opened do not count.';
COMMENT ON COLUMN class_performance_summary.total_lesson_attempts IS
'Progress rows, not the sum of their attempts.';

-- Unique: REFRESH … CONCURRENTLY needs it. The view is new in this file, nobody waits for the
-- index.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX idx_class_performance_class_id ON class_performance_summary (class_id);

-- Definer: people have no grant on the view, which shows every school.
CREATE FUNCTION my_class_performance() RETURNS SETOF class_performance_summary
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT v.*
    FROM class_performance_summary AS v
    WHERE v.class_id = ANY (my_class_ids() || my_school_class_ids())
    ORDER BY v.class_name, v.class_id;
END;
$$;

COMMENT ON FUNCTION my_class_performance() IS
'The summary of the classes the caller teaches, or of the school the caller runs. Reads only.';

GRANT EXECUTE ON FUNCTION my_class_performance() TO authenticated_users, slate_services;
SELECT core.grant_to_own('SELECT ON class_performance_summary', 'service', 'reader');
