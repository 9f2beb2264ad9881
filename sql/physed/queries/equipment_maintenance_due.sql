-- what: equipment to maintain or replace by that day; where an activity lists it, how many
--       activities wait for it
-- source: service query; the document
-- budget_ms: 50
-- params: on = '2025-05-05'
-- scale_params: on = '2025-05-05'
-- person: 00000000-0000-4000-9000-000000000001

-- Many pieces are of one kind: each kind is searched for once.
WITH due AS MATERIALIZED (
    SELECT e.*
    FROM equipment_checks AS e
    WHERE e.next_maintenance <= '2025-05-05' OR e.replacement_date <= '2025-05-05'
),

kinds AS MATERIALIZED (
    SELECT k.equipment_type, (
        SELECT count(*)
        FROM activities AS a
        WHERE a.activity_metadata @> jsonb_build_object(
            'equipment_details', jsonb_build_object('required', jsonb_build_array(k.equipment_type))
        )
    ) AS activities_waiting
    FROM (SELECT DISTINCT d.equipment_type FROM due AS d) AS k
)

SELECT
    e.equipment_type,
    e.condition,
    e.next_maintenance,
    e.replacement_date,
    e.safety_rating,
    coalesce(k.activities_waiting, 0) AS activities_waiting
FROM due AS e
LEFT JOIN kinds AS k ON k.equipment_type = e.equipment_type
ORDER BY e.safety_rating ASC NULLS FIRST, e.next_maintenance, e.id;
