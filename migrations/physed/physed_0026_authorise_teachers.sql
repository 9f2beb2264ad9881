-- depends: physed_0025_limit_class_size
-- Why:  student data is for the active teachers of the student's class (lines 12, 922). A policy that joins is
--       neither fast nor safe from recursion; these functions answer once per table of a statement. So that an
--       answer costs five short rows and not a class list each time, the list is kept with the class.
-- Lock: brief on classes, students, class_students and status_changes (new triggers and policies). Rollback loses:
--       teachers' access; the lists can be computed.

CREATE TABLE class_scopes (
    class_id integer NOT NULL,
    teacher_id uuid,
    student_ids integer [] NOT NULL DEFAULT '{}',
    enrolled_student_ids integer [] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT class_scopes_pkey PRIMARY KEY (class_id),
    CONSTRAINT class_scopes_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT class_scopes_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES users (id) ON UPDATE CASCADE ON DELETE SET NULL
);

COMMENT ON TABLE class_scopes IS
'Whom the teacher of a class may see, one row per class. Written by the database alone, under the lock of the class.';
COMMENT ON COLUMN class_scopes.teacher_id IS 'classes.teacher_id.';
COMMENT ON COLUMN class_scopes.student_ids IS 'Enrolled or waitlisted.';
COMMENT ON COLUMN class_scopes.enrolled_student_ids IS 'Enrolled, while the class is not over.';

CREATE INDEX class_scopes_teacher_id_idx ON class_scopes (teacher_id);

CREATE TRIGGER update_class_scopes_updated_at BEFORE UPDATE ON class_scopes
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- People have neither a grant nor a policy: the functions below read it as its owner.
ALTER TABLE class_scopes ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON class_scopes FOR SELECT TO physed_service
USING (true);

GRANT SELECT ON class_scopes TO physed_service;

-- Definer, both: nobody else may write whom a teacher sees.
CREATE FUNCTION refresh_scopes(p_class_ids integer []) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Two writers of one class must not each miss the other's student: the later waits here, and its next
    -- statement sees what the earlier has committed (under REPEATABLE READ it gets 40001).
    PERFORM FROM classes AS c WHERE c.id = ANY (p_class_ids) ORDER BY c.id FOR NO KEY UPDATE;

    INSERT INTO class_scopes AS s (class_id, teacher_id, student_ids, enrolled_student_ids)
    SELECT c.id, c.teacher_id, m.student_ids, CASE WHEN c.status = 'completed' THEN '{}' ELSE m.enrolled_student_ids END
    FROM classes AS c
    CROSS JOIN LATERAL (
        SELECT
            coalesce(array_agg(e.student_id ORDER BY e.student_id), '{}') AS student_ids,
            coalesce(
                array_agg(e.student_id ORDER BY e.student_id) FILTER (WHERE e.status = 'enrolled'), '{}'
            ) AS enrolled_student_ids
        FROM class_students AS e
        WHERE e.class_id = c.id AND e.status IN ('enrolled', 'waitlisted')
    ) AS m
    WHERE c.id = ANY (p_class_ids)
    ORDER BY c.id
    ON CONFLICT (class_id) DO UPDATE
    SET teacher_id = excluded.teacher_id,
        student_ids = excluded.student_ids,
        enrolled_student_ids = excluded.enrolled_student_ids;
END;
$$;

COMMENT ON FUNCTION refresh_scopes(integer []) IS
'Writes class_scopes anew for these classes and locks them until the transaction ends.';

CREATE FUNCTION show_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_classes integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        v_classes := ARRAY(SELECT DISTINCT n.class_id FROM new_rows AS n);
    ELSIF TG_OP = 'DELETE' THEN
        v_classes := ARRAY(SELECT DISTINCT o.class_id FROM old_rows AS o);
    ELSE
        v_classes := ARRAY(
            SELECT DISTINCT coalesce(n.class_id, o.class_id)
            FROM new_rows AS n
            FULL JOIN old_rows AS o
                ON o.class_id = n.class_id AND o.student_id = n.student_id AND o.status = n.status
            WHERE n.class_id IS NULL OR o.class_id IS NULL
        );
        -- The key of a class changes: its list goes along.
        IF EXISTS (
            SELECT 1 FROM old_rows AS o WHERE NOT EXISTS (SELECT 1 FROM classes AS c WHERE c.id = o.class_id)
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    IF v_classes <> '{}' THEN
        PERFORM refresh_scopes(v_classes);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION show_members() IS 'AFTER statement trigger: class_scopes follows who is in a class.';

CREATE TRIGGER class_students_added_show_to_teacher AFTER INSERT ON class_students
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION show_members();

CREATE TRIGGER class_students_removed_show_to_teacher AFTER DELETE ON class_students
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
EXECUTE FUNCTION show_members();

CREATE TRIGGER class_students_show_to_teacher AFTER UPDATE ON class_students
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION show_members();

CREATE FUNCTION show_class() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM refresh_scopes(ARRAY[NEW.id]);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION show_class() IS 'AFTER row trigger: class_scopes follows a class''s teacher and end.';

CREATE TRIGGER classes_added_show_to_teacher AFTER INSERT ON classes
FOR EACH ROW EXECUTE FUNCTION show_class();

CREATE TRIGGER classes_show_to_teacher AFTER UPDATE OF teacher_id, status ON classes
FOR EACH ROW WHEN (OLD.teacher_id IS DISTINCT FROM NEW.teacher_id OR OLD.status <> NEW.status)
EXECUTE FUNCTION show_class();

CREATE AGGREGATE chain (anycompatiblearray)(
    sfunc = array_cat, stype = anycompatiblearray, initcond = '{}'
);

COMMENT ON AGGREGATE chain (anycompatiblearray) IS
'All elements of all arrays, one after the other; empty for no array.';

-- Definer, all three: they decide what the caller may see, so they must see more than the caller. The id is read
-- once, into a variable: in the query it would be read for each index.
CREATE FUNCTION my_class_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := current_user_id();
BEGIN
    RETURN ARRAY(
        SELECT s.class_id
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS 'Classes of the current user; empty for who is no active teacher.';

CREATE FUNCTION my_student_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := current_user_id();
BEGIN
    RETURN (
        SELECT chain(s.student_ids)
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'Students of the current user''s classes, enrolled or waitlisted, once for each class. Who has left is no longer '
'visible.';

CREATE FUNCTION my_enrolled_student_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := current_user_id();
BEGIN
    RETURN (
        SELECT chain(s.enrolled_student_ids)
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_student_ids() IS
'Students the current user teaches now: enrolled, in a class that is not over. For incidents and medical notes.';

GRANT EXECUTE ON FUNCTION my_class_ids() TO authenticated_users, physed_service;
GRANT EXECUTE ON FUNCTION my_student_ids() TO authenticated_users, physed_service;
GRANT EXECUTE ON FUNCTION my_enrolled_student_ids() TO authenticated_users, physed_service;

CREATE POLICY teachers_read_own_students ON students FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_student_ids())::integer []));

CREATE POLICY teachers_edit_own_students ON students FOR UPDATE TO authenticated_users
USING (id = ANY ((SELECT my_enrolled_student_ids())::integer []))
WITH CHECK (id = ANY ((SELECT my_enrolled_student_ids())::integer []));

CREATE POLICY teachers_read_own_classes ON class_students FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::integer []));

CREATE POLICY teachers_read_own_students ON status_changes FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::integer []));
