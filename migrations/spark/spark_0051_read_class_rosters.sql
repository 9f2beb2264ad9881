-- depends: spark_0050_summarise_class_performance
-- Why:  row security asks for every row; a roster asks once for the class.
-- Lock: none, only new objects. Rollback loses: nothing; rosters are derived.

CREATE FUNCTION sum_up_roster(
    p_class_id uuid, p_everybody boolean, p_student_ids uuid[]
) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer,
    last_active timestamptz, final_grade varchar, lessons_completed bigint,
    lessons_in_progress bigint, average_progress numeric, time_spent bigint
)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        e.student_id, pr.first_name, pr.last_name, pr.level, pr.streak, pr.last_active,
        e.final_grade, sp.lessons_completed, sp.lessons_in_progress, sp.average_progress,
        sp.time_spent
    FROM enrollments AS e
    INNER JOIN profiles AS pr ON pr.user_id = e.student_id
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE p.status = 'COMPLETED') AS lessons_completed,
            count(*) FILTER (WHERE p.status = 'IN_PROGRESS') AS lessons_in_progress,
            round(
                avg(CASE WHEN p.status = 'COMPLETED' THEN 100.0 ELSE p.progress END), 2
            ) AS average_progress,
            coalesce(sum(p.time_spent), 0) AS time_spent
        FROM student_progress AS p
        WHERE p.student_id = e.student_id
    ) AS sp
    WHERE e.class_id = p_class_id
        AND e.status = 'ACTIVE'
        AND (p_everybody OR e.student_id = ANY (p_student_ids));
END;
$$;

COMMENT ON FUNCTION sum_up_roster(uuid, boolean, uuid[]) IS
'For class_roster(): all ACTIVE students of a class, or only the given ones. Under the caller''s '
'row security. Reads only.';

-- Definer: asks once for the class, then reads without asking again.
CREATE FUNCTION visible_class_roster(p_class_id uuid) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer,
    last_active timestamptz, final_grade varchar, lessons_completed bigint,
    lessons_in_progress bigint, average_progress numeric, time_spent bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 40
SET search_path FROM CURRENT
AS $$
DECLARE
    v_teaches CONSTANT boolean := p_class_id = ANY (my_class_ids());
    v_student_ids uuid[];
BEGIN
    IF NOT v_teaches THEN
        v_student_ids := current_user_id() || my_child_ids();
        IF p_class_id = ANY (my_school_class_ids()) THEN
            v_student_ids := v_student_ids || my_charge_ids();
        END IF;
    END IF;
    RETURN QUERY SELECT r.* FROM sum_up_roster(p_class_id, v_teaches, v_student_ids) AS r;
END;
$$;

COMMENT ON FUNCTION visible_class_roster(uuid) IS
'class_roster() for a person: to the teacher the whole class, to the ADMIN of its school the '
'students in his charge, to a guardian the children, to a student the own row. Reads only.';

CREATE FUNCTION class_roster(p_class_id uuid) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer,
    last_active timestamptz, final_grade varchar, lessons_completed bigint,
    lessons_in_progress bigint, average_progress numeric, time_spent bigint
)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path FROM CURRENT
AS $$
BEGIN
    IF acts_as_person() THEN
        RETURN QUERY SELECT r.* FROM visible_class_roster(p_class_id) AS r;
    ELSE
        RETURN QUERY SELECT r.* FROM sum_up_roster(p_class_id, true, NULL) AS r;
    END IF;
END;
$$;

COMMENT ON FUNCTION class_roster(uuid) IS
'The ACTIVE students of a class with a profile, as far as the caller sees them: each once, with '
'all their lessons; average_progress in percent, COMPLETED as 100, NULL without any; time_spent in '
'seconds. Reads only.';

GRANT EXECUTE ON FUNCTION class_roster(uuid) TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION visible_class_roster(uuid) TO authenticated_users;
GRANT EXECUTE ON FUNCTION sum_up_roster(uuid, boolean, uuid[]) TO slate_services, slate_readers;
