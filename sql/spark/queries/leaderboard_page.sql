-- what: one page of a school's board, twenty entries from an offset; scope_id is the class, school
--       or guild
-- source: service query
-- budget_ms: 50
-- params: scope_id = '10000000-0000-4000-8000-000000000001', scope = 'SCHOOL', timeframe =
--         'ALL_TIME', skip = 0
-- scale_params: scope_id = '5ca1e010-0000-4000-8000-000001000000'
-- person: 5ca1e011-0000-4000-8000-000001000001
SELECT
    (entry.value ->> 'rank')::integer AS rank,
    (entry.value ->> 'user_id')::uuid AS user_id,
    entry.value ->> 'display_name' AS display_name,
    (entry.value ->> 'level')::integer AS level,
    (entry.value ->> 'xp')::bigint AS xp,
    b.last_updated
FROM leaderboards AS b
CROSS JOIN LATERAL jsonb_array_elements(b.rankings) WITH ORDINALITY AS entry (value, place)
WHERE b.scope_id = '10000000-0000-4000-8000-000000000001'
    AND b.scope = 'SCHOOL'
    AND b.timeframe = 'ALL_TIME'
    AND entry.place > 0
ORDER BY entry.place
LIMIT 20;
