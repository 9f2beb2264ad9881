-- what: labels in use that open_labels does not know: new ones to describe, or typing errors
-- source: service query
-- budget_ms: 200
-- person: learning_reader a5ca1e01-0000-4000-8000-000001000000
SELECT u.table_name, u.column_name, u.label, count(*) AS uses
FROM (
    SELECT 'study_materials' AS table_name, 'status' AS column_name, status AS label FROM study_materials
    UNION ALL
    SELECT 'study_materials', 'difficulty_level', difficulty_level FROM study_materials
    UNION ALL
    SELECT 'content_chunks', 'chunk_type', chunk_type FROM content_chunks
    UNION ALL
    SELECT 'generated_assets', 'status', status FROM generated_assets
    UNION ALL
    SELECT 'learning_sessions', 'status', status FROM learning_sessions
    UNION ALL
    SELECT 'user_feedback', 'status', status FROM user_feedback
) AS u
WHERE u.label IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM open_labels AS l
    WHERE l.table_name = u.table_name AND l.column_name = u.column_name AND l.label = u.label
)
GROUP BY u.table_name, u.column_name, u.label
ORDER BY uses DESC, u.label;
