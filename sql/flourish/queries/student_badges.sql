-- what: what one student has reached, Proficient and Advanced, newest first
-- source: the document
-- budget_ms: 100
-- params: student_id = 'S001'
-- person: S123
-- scale_params: student_id = 'S123'

SELECT
    skill_name,
    level,
    MAX(created_at) as earned_date
FROM assessments
WHERE student_id = 'S001'
    AND level IN ('Proficient', 'Advanced')
GROUP BY skill_name, level
ORDER BY earned_date DESC;
