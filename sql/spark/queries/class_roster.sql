-- what: the students of a class with their progress, by name; each student once, also without any
--       progress
-- source: service query
-- budget_ms: 100
-- params: class_id = '30000000-0000-4000-8000-000000000001'
-- scale_params: class_id = '5ca1e012-0000-4000-8000-000001000011'
-- person: 5ca1e011-0000-4000-8000-000001000502
SELECT
    r.student_id,
    r.first_name,
    r.last_name,
    r.level,
    r.streak,
    r.last_active,
    r.final_grade,
    r.lessons_completed,
    r.lessons_in_progress,
    r.average_progress,
    r.time_spent
FROM class_roster('30000000-0000-4000-8000-000000000001') AS r
ORDER BY r.last_name, r.first_name, r.student_id;
