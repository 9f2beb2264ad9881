-- depends: learning_0023_list_open_labels
-- Why:  a person is purged by one call, summaries included, and by a job some time after deletion.
-- Lock: none, only new objects. Rollback loses: nothing; what was purged stays purged.

-- SECURITY DEFINER: the service may ask for it, but has no right of its own to delete materials or
-- archives.
CREATE FUNCTION purge_user(p_user_id uuid)
RETURNS TABLE (entity text, rows_concerned bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY SELECT * FROM forget_user(p_user_id);
    REFRESH MATERIALIZED VIEW CONCURRENTLY progress_by_period;
    REFRESH MATERIALIZED VIEW CONCURRENTLY asset_quality;
END;
$$;

COMMENT ON FUNCTION purge_user(uuid) IS
'For a user with deleted_at: removes materials, chunks, assets, sessions, interactions (archived '
'ones too) and feedback, keeps metric values without details, puts an anonymous row with a new '
'random id in the account''s place, takes id, names and addresses out of the trail, refreshes '
'both summaries, and writes one "purge" entry. Returns rows per table; 55000 for a user who is '
'not deleted. Cannot be undone.';

GRANT EXECUTE ON FUNCTION purge_user(uuid) TO slate_services;

CREATE FUNCTION purge_deleted_users(
    p_before timestamptz DEFAULT now() - interval '30 days',
    p_limit integer DEFAULT 100
) RETURNS TABLE (user_id uuid, rows_concerned bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_done boolean := false;
BEGIN
    FOR user_id IN
        SELECT u.id
        FROM users AS u
        WHERE NOT u.is_active AND u.deleted_at < p_before AND u.email <> u.id || '@purged.invalid'
        ORDER BY u.deleted_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        SELECT sum(p.rows_concerned) INTO rows_concerned FROM forget_user(user_id) AS p;
        RETURN NEXT;
        v_done := true;
    END LOOP;
    IF v_done THEN
        REFRESH MATERIALIZED VIEW CONCURRENTLY progress_by_period;
        REFRESH MATERIALIZED VIEW CONCURRENTLY asset_quality;
    END IF;
END;
$$;

COMMENT ON FUNCTION purge_deleted_users(timestamptz, integer) IS
'purge_user() for up to p_limit users deleted before p_before and not yet purged, the longest '
'deleted first. Returns them; nothing when none is due.';

CREATE FUNCTION erase_person(p_user_id uuid) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE users AS u SET deleted_at = coalesce(u.deleted_at, now()) WHERE u.id = p_user_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM purge_user(p_user_id);
    RETURN true;
END;
$$;

COMMENT ON FUNCTION erase_person(uuid) IS
'The call that every product has: marks the account deleted where it is not, and purge_user(). '
'False where there is no such user. For the service; cannot be undone.';

GRANT EXECUTE ON FUNCTION erase_person(uuid) TO slate_services;
