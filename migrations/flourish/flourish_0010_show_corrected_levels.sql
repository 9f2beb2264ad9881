-- depends: flourish_0009_create_skill_targets
-- Why:  the documented progression, trend and badge queries read the AI's level even where a
--       teacher has corrected it, and in a tie the trend names one level and numbers another.
-- Lock: none, only new objects. Rollback loses: nothing, a view holds no rows.

CREATE VIEW current_assessments
WITH (security_invoker = true) AS
SELECT
    a.id,
    a.data_entry_id,
    a.student_id,
    a.skill_name,
    a.skill_category,
    coalesce(tc.corrected_level, a.level) AS level,
    a.level AS assessed_level,
    a.confidence_score,
    coalesce(tc.corrected_justification, a.justification) AS justification,
    tc.id IS NOT NULL AS corrected,
    tc.corrected_by,
    tc.corrected_at,
    a.created_at
FROM assessments AS a
LEFT JOIN teacher_corrections AS tc ON a.id = tc.assessment_id;

COMMENT ON VIEW current_assessments IS
'Every assessment with the level and the reason that count: the teacher''s where there is a '
'correction, else the AI''s. Under the caller''s row security.';
COMMENT ON COLUMN current_assessments.level IS 'The level that counts.';
COMMENT ON COLUMN current_assessments.assessed_level IS 'The AI''s level.';
COMMENT ON COLUMN current_assessments.corrected IS 'Whether a teacher has corrected it.';

CREATE VIEW weekly_skill_levels
WITH (security_invoker = true) AS
WITH weeks AS (
    SELECT
        ca.student_id,
        ca.skill_name,
        date_trunc('week', ca.created_at, 'UTC') AS week,
        mode() WITHIN GROUP (
            ORDER BY array_position(
                ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'], ca.level
            )
        ) AS most_common_level_numeric,
        count(*) AS assessment_count
    FROM current_assessments AS ca
    GROUP BY ca.student_id, ca.skill_name, date_trunc('week', ca.created_at, 'UTC')
)

SELECT
    w.student_id,
    w.skill_name,
    w.week,
    w.most_common_level_numeric,
    (ARRAY['Emerging', 'Developing', 'Proficient', 'Advanced'])[w.most_common_level_numeric]
        AS most_common_level,
    w.assessment_count
FROM weeks AS w;

COMMENT ON VIEW weekly_skill_levels IS
'The trend of a skill: the most common level that counts per student, skill and week; in a tie the '
'lower. Under the caller''s row security.';
COMMENT ON COLUMN weekly_skill_levels.week IS 'Monday 00:00 UTC.';
COMMENT ON COLUMN weekly_skill_levels.most_common_level_numeric IS '1 (Emerging) to 4 (Advanced).';

GRANT SELECT ON current_assessments, weekly_skill_levels
TO authenticated_users, slate_services, slate_readers;
