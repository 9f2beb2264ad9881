-- what: who is in a class and who waits, the waitlist in its order
-- source: service query; the document
-- budget_ms: 50
-- params: class_id = 1001
-- scale_params: class_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

-- Names are looked up once for all members, not once for each. All are found, so any join would do;
-- row security makes one row be expected on each side, and a full join is the one that is not made
-- by comparing each with each.
WITH members AS MATERIALIZED (
    SELECT e.student_id, e.status, e.enrollment_date, e.waitlisted_at
    FROM class_students AS e
    WHERE e.class_id = 1001 AND e.status IN ('enrolled', 'waitlisted')
),

named AS MATERIALIZED (
    SELECT s.id, s.first_name, s.last_name, s.fitness_level
    FROM students AS s
    WHERE s.id = ANY (ARRAY(SELECT m.student_id FROM members AS m))
)

SELECT
    m.status,
    n.id AS student_id,
    n.first_name,
    n.last_name,
    n.fitness_level,
    m.enrollment_date,
    row_number() OVER (
        PARTITION BY m.status ORDER BY m.waitlisted_at, n.last_name, n.first_name, n.id
    ) AS place
FROM members AS m
FULL JOIN named AS n ON n.id = m.student_id
ORDER BY m.status, place;
