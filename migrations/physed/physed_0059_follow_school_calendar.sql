-- depends: physed_0058_recognise_movement_patterns
-- Why:  scheduling respects the school calendar (DEVIATIONS R90). There is no calendar; a class's
--       schedule has exceptions and term breaks, and this is the one place that reads them.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION class_meetings(p_schedule jsonb, p_on date)
RETURNS TABLE (meets_at time, duration_minutes integer, location text, equipment_needed jsonb)
LANGUAGE plpgsql STABLE ROWS 2
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        (m.item ->> 'time')::time,
        (m.item ->> 'duration_minutes')::integer,
        m.item ->> 'location',
        coalesce(m.item -> 'equipment_needed', '[]')
    FROM jsonb_array_elements(p_schedule -> 'weekly_schedule') AS m (item)
    WHERE m.item ->> 'day' = (
            ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
        )[extract(ISODOW FROM p_on)::integer]
        AND NOT EXISTS (
            SELECT 1
            FROM jsonb_array_elements(p_schedule -> 'exceptions') AS e (item)
            WHERE (e.item ->> 'date')::date = p_on
                AND coalesce(e.item ->> 'status', 'cancelled') = 'cancelled'
        )
        AND NOT EXISTS (
            SELECT 1
            FROM jsonb_array_elements(p_schedule -> 'term_breaks') AS b (item)
            WHERE p_on BETWEEN (b.item ->> 'start_date')::date AND (b.item ->> 'end_date')::date
        )
    ORDER BY m.item ->> 'time';
END;
$$;

COMMENT ON FUNCTION class_meetings(jsonb, date) IS
'When and where a class with this schedule meets on a day: none on cancelled days and in term '
'breaks. Reads only.';

GRANT EXECUTE ON FUNCTION class_meetings(jsonb, date)
TO authenticated_users, slate_services, slate_readers;
