-- depends: physed_0028_limit_class_size
-- Why:  a policy that asks whom a teacher may see costs a class list each time it is asked. The
--       list is kept with the class, which is where it is true.
-- Lock: brief on users, classes and class_students (new keys and triggers). Rollback loses: the
--       lists, which can be computed.

CREATE TABLE class_scopes (
    class_id integer NOT NULL,
    teacher_id uuid,
    student_ids integer[] NOT NULL DEFAULT '{}',
    enrolled_student_ids integer[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT class_scopes_pkey PRIMARY KEY (class_id),
    CONSTRAINT class_scopes_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT class_scopes_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES users (id) ON UPDATE CASCADE ON DELETE SET NULL
);

COMMENT ON TABLE class_scopes IS
'Whom the teacher of a class may see, one row per class. Written by the database alone, under the '
'lock of the class.';
COMMENT ON COLUMN class_scopes.teacher_id IS
'classes.teacher_id, until the class is completed: rights end with the class.';
COMMENT ON COLUMN class_scopes.student_ids IS 'Enrolled or waitlisted.';
COMMENT ON COLUMN class_scopes.enrolled_student_ids IS 'Enrolled.';

CREATE INDEX class_scopes_teacher_id_idx ON class_scopes (teacher_id);

CREATE TRIGGER update_class_scopes_updated_at
BEFORE UPDATE ON class_scopes
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

-- People have neither a grant nor a policy: the functions that answer read it as their owner.
ALTER TABLE class_scopes ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON class_scopes
FOR SELECT TO slate_services
USING (true);

GRANT SELECT ON class_scopes TO slate_services;

-- Definer, all that write: nobody else may say whom a teacher sees.
CREATE FUNCTION refresh_scopes(p_class_ids integer[], p_added boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Two writers of one class must not each miss the other's student: the later waits here, and
    -- its next statement sees what the earlier has committed (under REPEATABLE READ it gets 40001).
    PERFORM FROM classes AS c WHERE c.id = ANY (p_class_ids) ORDER BY c.id FOR NO KEY UPDATE;

    INSERT INTO class_scopes AS s (class_id, teacher_id, student_ids, enrolled_student_ids)
    SELECT
        c.id,
        CASE WHEN c.status <> 'completed' THEN c.teacher_id END,
        m.student_ids,
        m.enrolled_student_ids
    FROM classes AS c
    CROSS JOIN LATERAL (
        SELECT
            coalesce(array_agg(e.student_id ORDER BY e.student_id), '{}') AS student_ids,
            coalesce(
                array_agg(e.student_id ORDER BY e.student_id) FILTER (WHERE e.status = 'enrolled'),
                '{}'
            ) AS enrolled_student_ids
        FROM class_students AS e
        WHERE e.class_id = c.id AND e.status IN ('enrolled', 'waitlisted')
    ) AS m
    WHERE c.id = ANY (p_class_ids)
        -- A class whose key is being changed has its row under the old key a moment longer.
        AND (p_added OR EXISTS (SELECT 1 FROM class_scopes AS k WHERE k.class_id = c.id))
    ORDER BY c.id
    ON CONFLICT (class_id) DO UPDATE
    SET teacher_id = EXCLUDED.teacher_id,
        student_ids = EXCLUDED.student_ids,
        enrolled_student_ids = EXCLUDED.enrolled_student_ids
    WHERE (s.teacher_id, s.student_ids, s.enrolled_student_ids)
        IS DISTINCT FROM (EXCLUDED.teacher_id, EXCLUDED.student_ids, EXCLUDED.enrolled_student_ids);
END;
$$;

COMMENT ON FUNCTION refresh_scopes(integer[], boolean) IS
'Writes class_scopes anew for these classes and locks them until the transaction ends; adds rows '
'where p_added.';

CREATE FUNCTION refresh_member_scopes() RETURNS trigger
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
    END IF;
    IF v_classes <> '{}' THEN
        PERFORM refresh_scopes(v_classes, false);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION refresh_member_scopes() IS
'AFTER statement trigger: class_scopes follows who is in a class.';

CREATE TRIGGER class_students_added_show_to_teacher
AFTER INSERT ON class_students
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION refresh_member_scopes();

CREATE TRIGGER class_students_removed_show_to_teacher
AFTER DELETE ON class_students
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
EXECUTE FUNCTION refresh_member_scopes();

CREATE TRIGGER class_students_show_to_teacher
AFTER UPDATE ON class_students
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION refresh_member_scopes();

CREATE FUNCTION empty_class_scopes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE class_scopes AS s SET student_ids = '{}', enrolled_student_ids = '{}';
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION empty_class_scopes() IS
'AFTER TRUNCATE statement trigger: ids are used again, and must not show who had them before.';

CREATE TRIGGER class_students_emptied_hide_from_teacher
AFTER TRUNCATE ON class_students
FOR EACH STATEMENT EXECUTE FUNCTION empty_class_scopes();

CREATE FUNCTION refresh_class_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_classes integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        v_classes := ARRAY(SELECT n.id FROM new_rows AS n);
    ELSE
        v_classes := ARRAY[NEW.id];
    END IF;
    PERFORM refresh_scopes(v_classes, true);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION refresh_class_scope() IS
'AFTER INSERT statement trigger and AFTER UPDATE row trigger: class_scopes follows a class''s '
'teacher, end and key.';

CREATE TRIGGER classes_added_show_to_teacher
AFTER INSERT ON classes
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION refresh_class_scope();

CREATE TRIGGER classes_show_to_teacher
AFTER UPDATE OF id, teacher_id, status ON classes
FOR EACH ROW WHEN (
    OLD.teacher_id IS DISTINCT FROM NEW.teacher_id OR (OLD.id, OLD.status) <> (NEW.id, NEW.status)
)
EXECUTE FUNCTION refresh_class_scope();
