-- depends: flourish_0010_show_corrected_levels
-- Why:  a child who leaves leaves wholly: also out of the transcripts and notes of others, which
--       name who else took part.
-- Lock: none, only new objects. Rollback loses: nothing; what was purged stays purged.

CREATE FUNCTION take_name_out(p_names text[]) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_entries bigint;
    v_assessments bigint;
    v_corrections bigint;
BEGIN
    UPDATE data_entries AS d
    SET content = core.without_names(d.content, p_names, 'purged'),
        metadata = core.without_names(d.metadata::text, p_names, 'purged')::jsonb
    WHERE (d.content, d.metadata::text) <> (
        core.without_names(d.content, p_names, 'purged'),
        core.without_names(d.metadata::text, p_names, 'purged')
    );
    GET DIAGNOSTICS v_entries = ROW_COUNT;

    UPDATE assessments AS a
    SET justification = core.without_names(a.justification, p_names, 'purged'),
        source_quote = core.without_names(a.source_quote, p_names, 'purged')
    WHERE (a.justification, a.source_quote) <> (
        core.without_names(a.justification, p_names, 'purged'),
        core.without_names(a.source_quote, p_names, 'purged')
    );
    GET DIAGNOSTICS v_assessments = ROW_COUNT;

    UPDATE teacher_corrections AS c
    SET original_justification = core.without_names(c.original_justification, p_names, 'purged'),
        corrected_justification = core.without_names(c.corrected_justification, p_names, 'purged'),
        teacher_notes = core.without_names(c.teacher_notes, p_names, 'purged')
    WHERE concat_ws(
        ' ', c.original_justification, c.corrected_justification, c.teacher_notes
    ) <> core.without_names(
        concat_ws(' ', c.original_justification, c.corrected_justification, c.teacher_notes),
        p_names, 'purged'
    );
    GET DIAGNOSTICS v_corrections = ROW_COUNT;
    RETURN v_entries + v_assessments + v_corrections;
END;
$$;

COMMENT ON FUNCTION take_name_out(text[]) IS
'Puts the word "purged" in place of each name, as whole words, in every text that somebody wrote: '
'entries, assessments, corrections. Reads all of them once. Returns how many rows it changed.';

-- SECURITY DEFINER: the back end asks, and cannot be trusted to name every table.
CREATE FUNCTION purge_person(p_id text)
RETURNS TABLE (entity text, rows_concerned bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_names text[];
BEGIN
    -- Locked: of two purges at once the second waits, and finds nobody.
    SELECT ARRAY[s.id, s.name] INTO v_names FROM students AS s WHERE s.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        SELECT ARRAY[t.id, t.name, t.email] INTO v_names
        FROM teachers AS t
        WHERE t.id = p_id
        FOR UPDATE;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody has the id "%"', p_id
            USING ERRCODE = 'no_data_found',
            HINT = 'Name a student, as S001, or a teacher, as T001; a second purge finds nobody.';
    END IF;
    IF EXISTS (SELECT FROM students AS s WHERE s.teacher_id = p_id) THEN
        RAISE EXCEPTION 'teacher "%" still has students', p_id
            USING ERRCODE = 'object_not_in_prerequisite_state', TABLE = 'teachers',
            CONSTRAINT = 'students_teacher_id_fkey',
            HINT = 'Give them another teacher first, or none.';
    END IF;

    entity := 'teacher_corrections';
    UPDATE teacher_corrections SET corrected_by = NULL WHERE corrected_by = p_id;
    DELETE FROM teacher_corrections AS c WHERE c.student_id = p_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    entity := 'skill_targets';
    UPDATE skill_targets SET assigned_by = NULL WHERE assigned_by = p_id;
    DELETE FROM skill_targets AS t WHERE t.student_id = p_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    entity := 'assessments';
    DELETE FROM assessments AS a WHERE a.student_id = p_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    entity := 'data_entries';
    DELETE FROM data_entries AS d WHERE d.student_id = p_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    DELETE FROM students AS s WHERE s.id = p_id;
    DELETE FROM teachers AS t WHERE t.id = p_id;
    entity := 'texts of others';
    rows_concerned := take_name_out(v_names);
    RETURN NEXT;
END;
$$;

COMMENT ON FUNCTION purge_person(text) IS
'Removes a student with every entry, assessment, correction and target, or a teacher without '
'students, whose entries, corrections and targets stay without an author. Full name, id and '
'address leave the texts of others too; a first name alone, and a namesake, cannot be told apart '
'from other words. Returns rows removed per table, and texts changed. P0002 for an unknown id, '
'55000 for a teacher with students. Cannot be undone.';

GRANT EXECUTE ON FUNCTION purge_person(text) TO slate_services;

CREATE FUNCTION erase_person(p_id text, p_successor_id text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM FROM students AS s WHERE s.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM FROM teachers AS t WHERE t.id = p_id FOR UPDATE;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_successor_id IS NOT NULL THEN
        UPDATE students SET teacher_id = p_successor_id WHERE teacher_id = p_id;
    END IF;
    PERFORM purge_person(p_id);
    RETURN true;
END;
$$;

COMMENT ON FUNCTION erase_person(text, text) IS
'The call that every product has: purge_person(), with a teacher''s students given to the '
'successor. False where there is no such person. For the service; cannot be undone.';

GRANT EXECUTE ON FUNCTION erase_person(text, text) TO slate_services;
