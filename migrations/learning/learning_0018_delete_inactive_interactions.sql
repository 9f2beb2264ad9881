-- depends: learning_0017_compress_archives
-- Why:  the rows of inactive users are kept half as long as those of others, which no whole month
--       can say: these are deleted one by one, in portions.
-- Lock: none, only new objects. Rollback loses: nothing; what was deleted stays deleted.

CREATE FUNCTION delete_inactive_interactions(
    p_before timestamptz DEFAULT now() - interval '6 months',
    p_limit integer DEFAULT 50000
) RETURNS TABLE (interactions_deleted bigint, users_concerned bigint)
LANGUAGE sql
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
    WITH due AS (
        SELECT i.id, i.created_at
        FROM users AS u
        INNER JOIN interactions AS i ON i.user_id = u.id
        INNER JOIN learning_sessions AS s ON s.id = i.learning_session_id
        WHERE (NOT u.is_active OR u.deleted_at IS NOT NULL) AND i.created_at < p_before
            -- What fold_session_data() has still to make metrics of, however late it is.
            AND s.session_data IS NULL
        LIMIT p_limit
        FOR UPDATE OF i SKIP LOCKED
    ), gone AS (
        DELETE FROM interactions AS i
        USING due AS d
        WHERE i.id = d.id AND i.created_at = d.created_at
        RETURNING i.user_id
    )
    SELECT count(*), count(DISTINCT g.user_id) FROM gone AS g
$$;

COMMENT ON FUNCTION delete_inactive_interactions(timestamptz, integer) IS
'Deletes up to p_limit interactions from before p_before whose user is inactive or deleted and '
'whose session has no session_data left to fold. '
'Session counts stay. Returns how many went; 0 when nothing is left. Locks only the rows it '
'deletes.';
