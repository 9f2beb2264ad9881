-- what: who is in a class and who waits, the waitlist in its order
-- source: service query; the document, lines 834 to 836
-- budget_ms: 50
-- params: class_id = 1001
-- scale_params: class_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    e.status,
    s.id AS student_id,
    s.first_name,
    s.last_name,
    s.fitness_level,
    e.enrollment_date,
    row_number() OVER (PARTITION BY e.status ORDER BY e.waitlisted_at, s.last_name, s.first_name, s.id) AS place
FROM class_students AS e
INNER JOIN students AS s ON s.id = e.student_id
WHERE e.class_id = 1001 AND e.status IN ('enrolled', 'waitlisted')
ORDER BY e.status, place;
