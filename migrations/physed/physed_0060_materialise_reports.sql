-- depends: physed_0059_follow_school_calendar
-- Why:  class and student reports aggregate most tables; they may be some hours old. A
--       materialized view knows no row security, so people get theirs through functions that
--       filter.
-- Lock: none, only new objects. Rollback loses: nothing that cannot be computed.

CREATE MATERIALIZED VIEW student_report AS
SELECT
    s.id AS student_id,
    enrolment.classes_enrolled,
    assessment.assessments_completed,
    assessment.average_overall_score,
    performance.routines_completed,
    performance.average_accuracy,
    performance.average_effort,
    activity.activities_performed,
    activity.average_score,
    plan.active_plans,
    adaptation.active_adaptations,
    incident.incidents,
    now() AS refreshed_at
FROM students AS s
CROSS JOIN LATERAL (
    SELECT count(*) AS classes_enrolled
    FROM class_students AS e
    WHERE e.student_id = s.id AND e.status = 'enrolled'
) AS enrolment
CROSS JOIN LATERAL (
    SELECT count(*) AS assessments_completed, avg(a.overall_score) AS average_overall_score
    FROM skill_assessments AS a
    WHERE a.student_id = s.id AND a.status IN ('completed', 'archived')
) AS assessment
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE r.is_completed) AS routines_completed,
        avg(r.accuracy_score) AS average_accuracy,
        avg(r.effort_score) AS average_effort
    FROM routine_performance AS r
    WHERE r.student_id = s.id
) AS performance
CROSS JOIN LATERAL (
    SELECT count(*) AS activities_performed, avg(p.score) AS average_score
    FROM student_activity_performances AS p
    WHERE p.student_id = s.id
) AS activity
CROSS JOIN LATERAL (
    SELECT count(*) AS active_plans
    FROM activity_plans AS p
    WHERE p.student_id = s.id AND p.status = 'active'
) AS plan
CROSS JOIN LATERAL (
    SELECT count(*) AS active_adaptations
    FROM activity_adaptations AS a
    WHERE a.student_id = s.id AND a.is_active
) AS adaptation
CROSS JOIN LATERAL (
    SELECT count(*) AS incidents FROM safety_incidents AS i WHERE i.student_id = s.id
) AS incident;

COMMENT ON MATERIALIZED VIEW student_report IS
'One row per student, without names. Each source is aggregated by itself, so that none multiplies '
'another.';

CREATE UNIQUE INDEX student_report_student_id_key ON student_report (student_id);

CREATE MATERIALIZED VIEW class_report AS
SELECT
    c.id AS class_id,
    c.name AS class_name,
    c.status AS class_status,
    c.teacher_id,
    c.enrolled_count AS students_enrolled,
    members.students_waitlisted,
    least(coalesce(c.capacity, 50), 50) - c.enrolled_count AS places_free,
    routine.routines_planned,
    routine.routines_completed,
    members.average_overall_score,
    members.average_effort,
    members.incidents,
    checks.last_safety_check,
    now() AS refreshed_at
FROM classes AS c
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE e.status = 'waitlisted') AS students_waitlisted,
        avg(r.average_overall_score) FILTER (WHERE e.status = 'enrolled') AS average_overall_score,
        avg(r.average_effort) FILTER (WHERE e.status = 'enrolled') AS average_effort,
        coalesce(sum(r.incidents) FILTER (WHERE e.status = 'enrolled'), 0) AS incidents
    FROM class_students AS e
    INNER JOIN student_report AS r ON r.student_id = e.student_id
    WHERE e.class_id = c.id
) AS members
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE r.status IN ('scheduled', 'in_progress')) AS routines_planned,
        count(*) FILTER (WHERE r.status = 'completed') AS routines_completed
    FROM routines AS r
    WHERE r.class_id = c.id
) AS routine
CROSS JOIN LATERAL (
    SELECT max(k.completed_at) AS last_safety_check FROM safety_checks AS k WHERE k.class_id = c.id
) AS checks;

COMMENT ON MATERIALIZED VIEW class_report IS
'One row per class; averages are over students, not over their records. Refresh student_report '
'first.';

CREATE UNIQUE INDEX class_report_class_id_key ON class_report (class_id);
CREATE INDEX class_report_teacher_id_idx ON class_report (teacher_id);

SELECT core.grant_to_own('SELECT ON student_report', 'service', 'reader');
SELECT core.grant_to_own('SELECT ON class_report', 'service', 'reader');

-- Definer: people have no grant on the views and see the rows of their own classes only.
CREATE FUNCTION my_class_reports() RETURNS SETOF class_report
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY SELECT r.* FROM class_report AS r WHERE r.class_id = ANY (my_class_ids());
END;
$$;

COMMENT ON FUNCTION my_class_reports() IS 'class_report, for the classes of the current user.';

CREATE FUNCTION my_student_reports() RETURNS SETOF student_report
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT r.*
    FROM student_report AS r
    WHERE r.student_id = ANY (my_enrolled_student_ids());
END;
$$;

COMMENT ON FUNCTION my_student_reports() IS
'student_report, for students the current user teaches now.';

GRANT EXECUTE ON FUNCTION my_class_reports() TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION my_student_reports() TO authenticated_users, slate_services;

-- Definer: only the owner may refresh, and the service should be able to ask for it.
CREATE FUNCTION refresh_reports() RETURNS TABLE (report text, rows_now bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    REFRESH MATERIALIZED VIEW CONCURRENTLY student_report;
    REFRESH MATERIALIZED VIEW CONCURRENTLY class_report;
    RETURN QUERY
    SELECT 'student_report', count(*) FROM student_report
    UNION ALL
    SELECT 'class_report', count(*) FROM class_report;
END;
$$;

COMMENT ON FUNCTION refresh_reports() IS
'Refreshes both reports without blocking their readers; returns how many rows each has now.';

GRANT EXECUTE ON FUNCTION refresh_reports() TO slate_services;
