-- what: the newest corrections with notes, as examples for the AI
-- why: as printed, all corrections that a teacher may read are joined before LIMIT
-- source: the document
-- budget_ms: 50
-- person: flourish_service T005

-- A correction, its assessment and its entry are of one student: none of the five fails to join.
WITH newest AS (
    SELECT
        tc.assessment_id,
        tc.corrected_level,
        tc.corrected_justification,
        tc.teacher_notes,
        tc.corrected_at
    FROM teacher_corrections AS tc
    WHERE tc.teacher_notes IS NOT NULL
    ORDER BY tc.corrected_at DESC
    LIMIT 5
)

SELECT
    a.skill_name,
    a.skill_category,
    n.corrected_level,
    n.corrected_justification,
    a.source_quote,
    n.teacher_notes,
    de.content AS original_content
FROM newest AS n
INNER JOIN assessments AS a ON n.assessment_id = a.id
INNER JOIN data_entries AS de ON a.data_entry_id = de.id
ORDER BY n.corrected_at DESC;
