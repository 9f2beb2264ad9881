-- depends: physed_0064_refuse_infinite_days
-- Why:  who is deleted must be gone: keys cascade through the tables, but an archive has no keys,
--       a report is as old as its last refresh, and a trail that keeps an id still names somebody.
-- Lock: none, only new objects. Rollback loses: nothing; people are forgotten by hand.

CREATE FUNCTION archives_with(p_column text) RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT c.oid::regclass
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = p_column
    INNER JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = c.oid
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
        AND NOT a.attisdropped AND t.tgname = 'archive_is_read_only'
    ORDER BY c.relname;
END;
$$;

COMMENT ON FUNCTION archives_with(text) IS
'The archived months of this schema that have the column. Reads only.';

-- Definer, both: archives and trails are the owner's, and give way to maintenance alone.
CREATE FUNCTION forget_student(p_student_id integer)
RETURNS TABLE (table_name text, rows_affected bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_archive regclass;
    v_names text[] := (
        SELECT ARRAY[s.email, s.first_name || ' ' || s.last_name]
        FROM students AS s
        WHERE s.id = p_student_id
    );
BEGIN
    -- Others logged what they did: that stays, without whom it was done to.
    FOR v_archive IN
        SELECT 'activity_logs'::regclass
        UNION ALL
        SELECT a FROM archives_with('context') AS a
    LOOP
        EXECUTE format(
            'UPDATE %s SET context = NULL '
            'WHERE context::text <> core.without_names(context::text, $1, %L)', v_archive, '***'
        ) USING v_names;
    END LOOP;

    table_name := 'students';
    DELETE FROM students AS s WHERE s.id = p_student_id;
    GET DIAGNOSTICS rows_affected = ROW_COUNT;
    RETURN NEXT;

    FOR v_archive IN SELECT a FROM archives_with('student_id') AS a LOOP
        table_name := v_archive::text;
        EXECUTE format('DELETE FROM %s WHERE student_id = $1', v_archive) USING p_student_id;
        GET DIAGNOSTICS rows_affected = ROW_COUNT;
        IF rows_affected > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM refresh_reports();
END;
$$;

COMMENT ON FUNCTION forget_student(integer) IS
'Deletes a student and every record of the student, in archived months and reports too; returns '
'from where and how many rows. What the trails keep is a number that names nobody. Words about the '
'student in records of others (a class''s name, an inspector''s notes) are not found.';

CREATE FUNCTION forget_user(p_user_id uuid) RETURNS TABLE (table_name text, rows_affected bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_id text := p_user_id::text;
    v_nobody text := gen_random_uuid()::text;
    v_email text := (SELECT u.email FROM users AS u WHERE u.id = p_user_id);
    v_log regclass;
BEGIN
    -- What was logged of the person stays, without what it was done to: that may name the person.
    FOR v_log IN
        SELECT 'activity_logs'::regclass
        UNION ALL
        SELECT a FROM archives_with('context') AS a
    LOOP
        table_name := v_log::text;
        EXECUTE format(
            'UPDATE %s SET user_id = CASE WHEN user_id <> $1 THEN user_id END, context = NULL '
            'WHERE user_id = $1 OR strpos(context::text, $2) > 0 '
            'OR strpos(lower(context::text), $3) > 0', v_log
        ) USING p_user_id, v_id, v_email;
        GET DIAGNOSTICS rows_affected = ROW_COUNT;
        IF rows_affected > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;

    table_name := 'users';
    DELETE FROM users AS u WHERE u.id = p_user_id;
    GET DIAGNOSTICS rows_affected = ROW_COUNT;
    RETURN NEXT;

    -- After the deletion, which is a row of the trail itself. One key instead of the other: what
    -- belonged together still does.
    table_name := 'audit_log';
    UPDATE audit_log AS a
    SET row_id = replace(a.row_id, v_id, v_nobody),
        old_values = replace(a.old_values::text, v_id, v_nobody)::jsonb,
        new_values = replace(a.new_values::text, v_id, v_nobody)::jsonb
    WHERE strpos(concat_ws(' ', a.row_id, a.old_values::text, a.new_values::text), v_id) > 0;
    GET DIAGNOSTICS rows_affected = ROW_COUNT;
    RETURN NEXT;
    PERFORM refresh_reports();
END;
$$;

COMMENT ON FUNCTION forget_user(uuid) IS
'Deletes an account and all that is its own, and takes the id and the e-mail out of trails, logs, '
'archived months and reports; returns from where and how many rows. The trails keep what happened, '
'under a new key that names nobody.';

GRANT EXECUTE ON FUNCTION forget_student(integer) TO slate_services;
GRANT EXECUTE ON FUNCTION forget_user(uuid) TO slate_services;

CREATE FUNCTION erase_person(p_id text) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Locked: of two at once the second waits, and finds nobody.
    PERFORM FROM students AS s WHERE s.id::text = p_id FOR UPDATE;
    IF FOUND THEN
        PERFORM forget_student(p_id::integer);
        RETURN true;
    END IF;
    PERFORM FROM users AS u WHERE u.id::text = lower(p_id) FOR UPDATE;
    IF FOUND THEN
        PERFORM forget_user(p_id::uuid);
        RETURN true;
    END IF;
    RETURN false;
END;
$$;

COMMENT ON FUNCTION erase_person(text) IS
'The call that every product has: forget_student() for the number of a student, forget_user() for '
'the id of an account. False where there is neither. For the service; cannot be undone.';

CREATE FUNCTION erase_person(p_student_id integer) RETURNS boolean
LANGUAGE sql
RETURN erase_person(p_student_id::text);

COMMENT ON FUNCTION erase_person(integer) IS 'erase_person() of a student.';

CREATE FUNCTION erase_person(p_user_id uuid) RETURNS boolean
LANGUAGE sql
RETURN erase_person(p_user_id::text);

COMMENT ON FUNCTION erase_person(uuid) IS 'erase_person() of an account.';

GRANT EXECUTE ON FUNCTION erase_person(text), erase_person(integer), erase_person(uuid)
TO slate_services;
