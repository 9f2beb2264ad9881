-- what: one student's most common level per skill and week; in a tie number and label may differ
-- source: the document
-- budget_ms: 200
-- params: student_id = 'S001'
-- person: S123
-- scale_params: student_id = 'S123'

WITH skill_levels AS (
    SELECT
        skill_name,
        DATE_TRUNC('week', created_at, 'UTC') as week,
        CASE level
            WHEN 'Emerging' THEN 1
            WHEN 'Developing' THEN 2
            WHEN 'Proficient' THEN 3
            WHEN 'Advanced' THEN 4
        END as level_numeric,
        level
    FROM assessments
    WHERE student_id = 'S001'
)
SELECT
    skill_name,
    week,
    MODE() WITHIN GROUP (ORDER BY level_numeric) as most_common_level_numeric,
    MODE() WITHIN GROUP (ORDER BY level) as most_common_level,
    COUNT(*) as assessment_count
FROM skill_levels
GROUP BY skill_name, week
ORDER BY skill_name, week;
