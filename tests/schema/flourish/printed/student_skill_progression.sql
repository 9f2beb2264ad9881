-- what: as the document prints it; what it does wrong is told in sql/flourish/DEVIATIONS.md
-- source: the document, line 438

SELECT
    skill_name,
    level,
    created_at::date as assessment_date,
    confidence_score,
    justification
FROM assessments
WHERE student_id = 'S001'
    AND skill_name = 'Self-Awareness'
ORDER BY created_at DESC;
