-- depends: vividly_0030_export_before_deletion
-- Why:  feedback leaves after two years, but never before somebody has said that it arrived.
-- Lock: none, only new objects. Rollback loses: nothing; what was deleted stays deleted.

CREATE FUNCTION delete_exported_feedback() RETURNS TABLE (export_id integer, rows_deleted bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_export retention_exports;
BEGIN
    FOR v_export IN
        SELECT e.*
        FROM retention_exports AS e
        WHERE e.table_name = 'feedback' AND e.confirmed_at IS NOT NULL AND e.deleted_at IS NULL
        ORDER BY e.id
        FOR UPDATE
    LOOP
        export_id := v_export.id;
        DELETE FROM feedback AS f
        WHERE f.id IN (SELECT a.id FROM feedback_to_archive(v_export.id) AS a);
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        -- Fewer is right, where a student was deleted since. More were never exported.
        IF rows_deleted > v_export.row_count THEN
            RAISE EXCEPTION 'export % has % rows, but % would be deleted',
                v_export.id, v_export.row_count, rows_deleted
                USING ERRCODE = 'check_violation', TABLE = 'feedback',
                CONSTRAINT = 'retention_exports_deleted_in_full_check',
                HINT = 'Set deleted_at and rows_deleted of that export by hand, '
                    'and begin a new one.';
        END IF;
        UPDATE retention_exports AS e
        SET deleted_at = CURRENT_TIMESTAMP, rows_deleted = delete_exported_feedback.rows_deleted
        WHERE e.id = v_export.id;
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION delete_exported_feedback() IS
'Deletes the feedback of every confirmed export, once. Returns what it deleted per export.';

GRANT EXECUTE ON FUNCTION delete_exported_feedback() TO slate_services;
