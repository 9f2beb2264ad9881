-- what: what the AI was not sure of and no teacher has corrected, least sure first
-- why: as printed, "tc.id IS NULL" hides the anti-join: all that is low is sorted before LIMIT
-- source: the document; DEVIATIONS F11
-- budget_ms: 100
-- person: flourish_service T005

SELECT
    a.id,
    a.student_id,
    s.name AS student_name,
    a.skill_name,
    a.level,
    a.confidence_score,
    a.created_at
FROM assessments AS a
INNER JOIN students AS s ON a.student_id = s.id
WHERE a.confidence_score < 0.8
    AND NOT EXISTS (
        SELECT 1
        FROM teacher_corrections AS tc
        WHERE tc.assessment_id = a.id
    )
ORDER BY a.confidence_score ASC, a.created_at DESC, a.id ASC
LIMIT 20;
