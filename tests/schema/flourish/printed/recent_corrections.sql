-- what: as the document prints it; what it does wrong is told in sql/flourish/DEVIATIONS.md
-- source: the document, line 498

SELECT
    a.skill_name,
    a.skill_category,
    tc.corrected_level,
    tc.corrected_justification,
    a.source_quote,
    tc.teacher_notes,
    de.content as original_content
FROM teacher_corrections tc
JOIN assessments a ON tc.assessment_id = a.id
JOIN data_entries de ON a.data_entry_id = de.id
WHERE tc.teacher_notes IS NOT NULL
ORDER BY tc.corrected_at DESC
LIMIT 5;
