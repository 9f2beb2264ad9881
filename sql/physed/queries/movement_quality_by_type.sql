-- what: how well a class's students move in one kind of movement over a period, with the issue
--       found most often
-- source: service query; the document
-- budget_ms: 100
-- params: class_id = 1001, movement_type = 'jumping', from_time = '2025-05-01', before_time =
--         '2025-06-01'
-- scale_params: class_id = 100001, movement_type = 'jumping', from_time = '2025-03-01', before_time
--               = '2025-06-01'
-- person: 00000000-0000-4000-9000-000000000001

-- The class as an array: each month is searched once for all of it, not once for each student.
WITH analyses AS (
    SELECT
        m.student_id,
        m.quality_score,
        m.analysis_data -> 'analysis_results' -> 'issues_detected' AS issues
    FROM movement_analysis AS m
    WHERE m.student_id = ANY (
            ARRAY(
                SELECT e.student_id
                FROM class_students AS e
                WHERE e.class_id = 1001 AND e.status = 'enrolled'
            )
        )
        AND m.analysis_data -> 'analysis_results' ->> 'movement_type' = 'jumping'
        AND m.created_at >= '2025-05-01'
        AND m.created_at < '2025-06-01'
),

issues AS (
    SELECT a.student_id, mode() WITHIN GROUP (ORDER BY i.item ->> 'type') AS most_frequent_issue
    FROM analyses AS a
    CROSS JOIN LATERAL jsonb_array_elements(a.issues) AS i (item)
    GROUP BY a.student_id
)

SELECT
    a.student_id,
    count(*) AS analyses,
    round(avg(a.quality_score)::numeric, 4) AS average_quality,
    i.most_frequent_issue
FROM analyses AS a
LEFT JOIN issues AS i ON i.student_id = a.student_id
GROUP BY a.student_id, i.most_frequent_issue
ORDER BY average_quality DESC NULLS LAST, a.student_id;
