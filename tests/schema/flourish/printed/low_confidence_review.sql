-- what: as the document prints it; what it does wrong is told in sql/flourish/DEVIATIONS.md
-- source: the document, line 450

SELECT
    a.id,
    a.student_id,
    s.name as student_name,
    a.skill_name,
    a.level,
    a.confidence_score,
    a.created_at
FROM assessments a
JOIN students s ON a.student_id = s.id
LEFT JOIN teacher_corrections tc ON tc.assessment_id = a.id
WHERE tc.id IS NULL  -- Not yet corrected
    AND a.confidence_score < 0.8
ORDER BY a.confidence_score ASC, a.created_at DESC
LIMIT 20;
