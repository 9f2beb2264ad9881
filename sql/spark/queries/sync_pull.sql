-- what: progress that a device does not have: known is {lesson_id: sync_version} as the device has
--       it, {} for a new one
-- source: service query
-- budget_ms: 50
-- params: student_id = '20000000-0000-4000-8000-000000000201', known =
--         '{"50000000-0000-4000-8000-000000000001": 1}'
-- scale_params: student_id = '5ca1e011-0000-4000-8000-000001000001', known =
--               '{"5ca1e002-0000-4000-8000-000000060101": 1}'
-- person: 5ca1e011-0000-4000-8000-000001000001
SELECT
    sp.id, sp.lesson_id, sp.status, sp.progress, sp.time_spent, sp.attempts, sp.last_accessed,
    sp.started_at,
    sp.completed_at, sp.sync_version, sp.device_id
FROM student_progress AS sp
LEFT JOIN jsonb_each_text(
    '{"50000000-0000-4000-8000-000000000001": 1}'::jsonb
) AS k (lesson_id, version)
    ON k.lesson_id = sp.lesson_id::text
WHERE sp.student_id = '20000000-0000-4000-8000-000000000201'
    AND sp.sync_version > coalesce(k.version::integer, 0)
ORDER BY sp.last_accessed, sp.id;
