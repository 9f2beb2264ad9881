-- what: labels in use that open_labels does not know: new ones to describe, or typing errors
-- source: service query
-- budget_ms: 200
-- person: learning_reader a5ca1e01-0000-4000-8000-000001000000
-- Steps from each label to the next by index: the time depends on how many labels there are, not on
-- how many rows.
WITH RECURSIVE used (table_name, column_name, label) AS (
    VALUES
    ('study_materials', 'status', (SELECT min(m.status) FROM study_materials AS m)),
    ('study_materials', 'difficulty_level',
        (SELECT min(m.difficulty_level) FROM study_materials AS m)),
    ('content_chunks', 'chunk_type', (SELECT min(c.chunk_type) FROM content_chunks AS c)),
    ('generated_assets', 'status', (SELECT min(a.status) FROM generated_assets AS a)),
    ('learning_sessions', 'status', (SELECT min(s.status) FROM learning_sessions AS s)),
    ('user_feedback', 'status', (SELECT min(f.status) FROM user_feedback AS f))
    UNION ALL
    SELECT
        u.table_name,
        u.column_name,
        CASE u.table_name || '.' || u.column_name
            WHEN 'study_materials.status'
                THEN (SELECT min(m.status) FROM study_materials AS m WHERE m.status > u.label)
            WHEN 'study_materials.difficulty_level'
                THEN (
                    SELECT min(m.difficulty_level) FROM study_materials AS m
                    WHERE m.difficulty_level > u.label
                )
            WHEN 'content_chunks.chunk_type'
                THEN (
                    SELECT min(c.chunk_type) FROM content_chunks AS c WHERE c.chunk_type > u.label
                )
            WHEN 'generated_assets.status'
                THEN (SELECT min(a.status) FROM generated_assets AS a WHERE a.status > u.label)
            WHEN 'learning_sessions.status'
                THEN (SELECT min(s.status) FROM learning_sessions AS s WHERE s.status > u.label)
            ELSE (SELECT min(f.status) FROM user_feedback AS f WHERE f.status > u.label)
        END
    FROM used AS u
    WHERE u.label IS NOT NULL
)

SELECT
    u.table_name,
    u.column_name,
    u.label,
    CASE u.table_name || '.' || u.column_name
        WHEN 'study_materials.status'
            THEN (SELECT count(*) FROM study_materials AS m WHERE m.status = u.label)
        WHEN 'study_materials.difficulty_level'
            THEN (SELECT count(*) FROM study_materials AS m WHERE m.difficulty_level = u.label)
        WHEN 'content_chunks.chunk_type'
            THEN (SELECT count(*) FROM content_chunks AS c WHERE c.chunk_type = u.label)
        WHEN 'generated_assets.status'
            THEN (SELECT count(*) FROM generated_assets AS a WHERE a.status = u.label)
        WHEN 'learning_sessions.status'
            THEN (SELECT count(*) FROM learning_sessions AS s WHERE s.status = u.label)
        ELSE (SELECT count(*) FROM user_feedback AS f WHERE f.status = u.label)
    END AS uses
FROM used AS u
WHERE u.label IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM open_labels AS l
    WHERE l.table_name = u.table_name AND l.column_name = u.column_name AND l.label = u.label
)
ORDER BY uses DESC, u.label;
