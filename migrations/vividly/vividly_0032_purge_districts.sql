-- depends: vividly_0031_delete_exported_feedback
-- Why:  30 days after a contract its people are to be gone. "Hard delete (CASCADE)" of a teacher
--       with a class, or of a school with people, is refused by the keys: there is one order that
--       works, and this is it.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION purge_district(p_district_id text, p_with_organizations boolean DEFAULT false)
RETURNS TABLE (step integer, table_name text, rows_deleted bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_orgs text[];
    v_condition text;
BEGIN
    -- Nobody new comes in while it runs: a new account waits for its organization.
    PERFORM FROM organizations AS o WHERE o.district_id = p_district_id ORDER BY o.id FOR UPDATE;
    v_orgs := ARRAY(SELECT o.id FROM organizations AS o WHERE o.district_id = p_district_id);
    IF NOT p_district_id = ANY (v_orgs) OR p_district_id IS NULL THEN
        RAISE EXCEPTION 'district "%" does not exist', p_district_id
            USING ERRCODE = 'no_data_found', TABLE = 'organizations',
            HINT = 'Give the id of a district, not of a school.';
    END IF;
    step := 0;
    -- Each before what it refers to; what would cascade is named, so that it is counted.
    FOR table_name, v_condition IN
        VALUES
        ('feedback', 'school_id = ANY ($1)'),
        ('student_progress', 'school_id = ANY ($1)'),
        ('student_interests', 'school_id = ANY ($1)'),
        ('content_requests', 'school_id = ANY ($1)'),
        ('student_account_requests', 'school_id = ANY ($1)'),
        ('bulk_upload_jobs', 'school_id = ANY ($1)'),
        ('class_students', 'school_id = ANY ($1)'),
        ('classes', 'school_id = ANY ($1)'),
        ('users', 'org_id = ANY ($1)')
    LOOP
        EXECUTE format('DELETE FROM %I WHERE %s', table_name, v_condition) USING v_orgs;
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        step := step + 1;
        RETURN NEXT;
    END LOOP;
    IF p_with_organizations THEN
        table_name := 'organizations';
        DELETE FROM organizations AS o WHERE o.parent_id = p_district_id;
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        step := step + 1;
        RETURN NEXT;
        DELETE FROM organizations AS o WHERE o.id = p_district_id;
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        step := step + 1;
        RETURN NEXT;
    ELSE
        UPDATE organizations AS o
        SET is_active = false, deleted_at = CURRENT_TIMESTAMP
        WHERE o.district_id = p_district_id AND o.deleted_at IS NULL;
    END IF;
END;
$$;

COMMENT ON FUNCTION purge_district(text, boolean) IS
'Deletes every person of a district and all they left, in the order of the keys; the '
'organizations are soft-deleted, or with the second argument deleted too. Not undone by anything '
'but a backup. Returns the rows per table.';

CREATE FUNCTION purge_ended_contracts(
    -- the day in UTC, whatever the session's zone
    p_today date DEFAULT (now() AT TIME ZONE 'UTC')::date
)
RETURNS TABLE (district_id text, step integer, table_name text, rows_deleted bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    FOR district_id IN
        SELECT o.id
        FROM organizations AS o
        WHERE o.org_type = 'district' AND contract_end(o.metadata) + 30 < p_today
            AND EXISTS (SELECT 1 FROM users AS u WHERE u.district_id = o.id)
        ORDER BY o.id
    LOOP
        RETURN QUERY
        SELECT purge_ended_contracts.district_id, p.step, p.table_name, p.rows_deleted
        FROM purge_district(purge_ended_contracts.district_id) AS p;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION purge_ended_contracts(date) IS
'purge_district() for each district whose contract ended more than 30 days before p_today and '
'which still has people. Returns the rows per district and table; a second run returns nothing.';
