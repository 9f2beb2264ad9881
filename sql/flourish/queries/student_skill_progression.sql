-- what: how one student grew in one skill, newest first, by the level the AI gave
-- source: the document
-- budget_ms: 50
-- params: student_id = 'S001', skill_name = 'Self-Awareness'
-- person: S123
-- scale_params: student_id = 'S123', skill_name = 'Self-Awareness'

SELECT
    skill_name,
    level,
    (created_at AT TIME ZONE 'UTC')::date as assessment_date,
    confidence_score,
    justification
FROM assessments
WHERE student_id = 'S001'
    AND skill_name = 'Self-Awareness'
ORDER BY created_at DESC;
