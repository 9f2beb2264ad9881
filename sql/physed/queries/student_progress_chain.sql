-- what: one student's way, activity by activity: level, progress, best day, assessment, latest
--       movement and patterns
-- source: service query; the document
-- budget_ms: 100
-- params: student_id = 1001
-- scale_params: student_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

WITH performances AS (
    SELECT
        p.activity_id,
        count(*) AS days,
        max(p.score) AS best_score,
        max(p.performance_date) AS last_day
    FROM student_activity_performances AS p
    WHERE p.student_id = 1001
    GROUP BY p.activity_id
),

assessments AS (
    SELECT DISTINCT ON (s.activity_id) s.activity_id, s.overall_score, s.assessment_date
    FROM skill_assessments AS s
    WHERE s.student_id = 1001 AND s.status = 'completed'
    ORDER BY s.activity_id ASC, s.assessment_date DESC, s.id DESC
),

movements AS (
    SELECT DISTINCT ON (m.activity_id)
        m.activity_id,
        m.id,
        m.created_at,
        m.quality_score,
        m.analysis_data -> 'analysis_results' ->> 'movement_type' AS movement_type
    FROM movement_analysis AS m
    WHERE m.student_id = 1001
    ORDER BY m.activity_id ASC, m.created_at DESC
),

patterns AS (
    SELECT m.activity_id, array_agg(p.pattern_type ORDER BY p.id) AS pattern_types
    FROM movements AS m
    INNER JOIN movement_patterns AS p
        ON p.movement_analysis_id = m.id AND p.movement_analysis_created_at = m.created_at
    WHERE p.student_id = 1001
        AND p.movement_analysis_id = ANY (ARRAY(SELECT n.id FROM movements AS n))
    GROUP BY m.activity_id
)

SELECT
    a.name AS activity,
    l.current_level,
    g.skill_level,
    g.progress_data -> 'metrics' AS metrics,
    g.improvement_rate,
    f.days,
    f.best_score,
    f.last_day,
    t.overall_score,
    t.assessment_date,
    v.movement_type,
    v.quality_score,
    p.pattern_types
FROM activities AS a
LEFT JOIN skill_progressions AS l ON l.activity_id = a.id AND l.student_id = 1001
LEFT JOIN skill_progress AS g ON g.activity_id = a.id AND g.student_id = 1001
LEFT JOIN performances AS f ON f.activity_id = a.id
LEFT JOIN assessments AS t ON t.activity_id = a.id
LEFT JOIN movements AS v ON v.activity_id = a.id
LEFT JOIN patterns AS p ON p.activity_id = a.id
WHERE num_nonnulls(l.id, g.id, f.activity_id, t.activity_id, v.activity_id) > 0
ORDER BY a.name, a.id;
