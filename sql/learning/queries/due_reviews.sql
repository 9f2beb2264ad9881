-- what: assets due again, longest overdue first; a right answer doubles the pause, up to 32 days
-- source: service query
-- budget_ms: 100
-- params: learner_id = '10000000-0000-4000-8000-000000000001', max_rows = 20
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: learner_id = 'a5ca1e01-0000-4000-8000-000001000000', max_rows = 20
-- OFFSET 0: from each due asset by key, not through all assets of the person, whose number the
-- planner cannot know.
WITH answers AS (
    SELECT
        i.generated_asset_id,
        i.created_at,
        i.is_correct,
        row_number() OVER (PARTITION BY i.generated_asset_id ORDER BY i.created_at DESC) AS newest
    FROM interactions AS i
    WHERE i.user_id = '10000000-0000-4000-8000-000000000001'
        AND i.is_correct IS NOT NULL AND i.generated_asset_id IS NOT NULL
),

streaks AS (
    SELECT
        a.generated_asset_id,
        max(a.created_at) AS last_answered_at,
        coalesce(min(a.newest) FILTER (WHERE NOT a.is_correct), count(*) + 1) - 1 AS right_in_a_row
    FROM answers AS a
    GROUP BY a.generated_asset_id
)

SELECT
    g.id AS generated_asset_id,
    g.asset_type,
    m.title,
    d.right_in_a_row,
    d.last_answered_at,
    d.due_at
FROM (
    SELECT s.*, s.last_answered_at + power(2, least(s.right_in_a_row, 5)) * interval '1 day'
        AS due_at
    FROM streaks AS s
) AS d
CROSS JOIN LATERAL (
    SELECT a.id, a.asset_type, a.study_material_id
    FROM generated_assets AS a
    WHERE a.id = d.generated_asset_id AND a.status = 'ready'
    OFFSET 0
) AS g
CROSS JOIN LATERAL (
    SELECT a.title FROM study_materials AS a
    WHERE a.id = g.study_material_id AND a.deleted_at IS NULL OFFSET 0
) AS m
WHERE d.due_at <= now()
ORDER BY d.due_at, g.id
LIMIT 20;
