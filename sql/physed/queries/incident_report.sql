-- what: incidents of a class's students in a period with activity, its risk, and what was done,
--       newest first
-- source: service query; the document
-- budget_ms: 100
-- params: class_id = 1001, from_date = '2025-04-01', before_date = '2025-07-01'
-- scale_params: class_id = 100001, from_date = '2024-09-01', before_date = '2025-07-01'
-- person: 00000000-0000-4000-9000-000000000001

-- The class as an array: each month is searched once for all of it, not once for each student.
SELECT
    i.date,
    i.incident_type,
    i.severity,
    s.first_name,
    s.last_name,
    a.name AS activity,
    k.risk_level,
    i.description,
    i.action_taken,
    i.incident_metadata
FROM safety_incidents AS i
INNER JOIN students AS s ON s.id = i.student_id
INNER JOIN activities AS a ON a.id = i.activity_id
LEFT JOIN LATERAL (
    SELECT r.risk_level
    FROM risk_assessments AS r
    WHERE r.activity_id = i.activity_id AND r.assessment_date <= i.date
    ORDER BY r.assessment_date DESC, r.id DESC
    LIMIT 1
) AS k ON true
WHERE i.student_id = ANY (
        ARRAY(
            SELECT e.student_id
            FROM class_students AS e
            WHERE e.class_id = 1001 AND e.status = 'enrolled'
        )
    )
    AND i.date >= '2025-04-01'
    AND i.date < '2025-07-01'
ORDER BY i.date DESC, i.id DESC;
