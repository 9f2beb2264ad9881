-- depends: learning_0019_fold_session_data
-- Why:  "permanent, with privacy compliance": a deleted user's materials and all that hangs on them
--       go, the account stays as an anonymous row, so that the trail and the trends still refer to
--       something.
-- Lock: none, only new objects. Rollback loses: nothing; what was purged stays purged.

-- SECURITY DEFINER: the service may ask for it, but has no right of its own to delete materials or
-- archives.
CREATE FUNCTION purge_user(p_user_id uuid)
RETURNS TABLE (entity text, rows_concerned bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_user users;
    v_materials uuid[];
    v_assets uuid[];
    v_sessions uuid[];
    v_report jsonb := '{}';
BEGIN
    -- Blocks every new row that would refer to this user until the purge is through.
    SELECT * INTO v_user FROM users AS u WHERE u.id = p_user_id FOR UPDATE;
    IF v_user.id IS NULL OR v_user.deleted_at IS NULL THEN
        RAISE EXCEPTION 'user "%" is not deleted', p_user_id
            USING ERRCODE = 'object_not_in_prerequisite_state', TABLE = 'users',
            HINT = 'Set deleted_at first; purging cannot be undone.';
    END IF;

    v_materials := ARRAY(
        SELECT m.id FROM study_materials AS m WHERE m.user_id = p_user_id FOR UPDATE
    );
    v_assets := ARRAY(
        SELECT a.id FROM generated_assets AS a WHERE a.study_material_id = ANY (v_materials)
        FOR UPDATE
    );
    v_sessions := ARRAY(
        SELECT s.id FROM learning_sessions AS s
        WHERE s.user_id = p_user_id OR s.study_material_id = ANY (v_materials) FOR UPDATE
    );

    entity := 'user_feedback';
    DELETE FROM user_feedback AS f
    WHERE f.user_id = p_user_id OR f.generated_asset_id = ANY (v_assets);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'interactions';
    UPDATE interactions AS i SET generated_asset_id = NULL
    WHERE i.generated_asset_id = ANY (v_assets) AND i.learning_session_id <> ALL (v_sessions);
    DELETE FROM interactions AS i WHERE i.learning_session_id = ANY (v_sessions);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'interactions_archive';
    DELETE FROM interactions_archive AS i WHERE i.user_id = p_user_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    -- Values stay, for trends over years, under an id that no longer leads to a person.
    entity := 'progress_metrics';
    UPDATE progress_metrics AS p
    SET learning_session_id = NULL,
        metric_data = CASE WHEN p.user_id <> p_user_id THEN p.metric_data END
    WHERE p.user_id = p_user_id OR p.learning_session_id = ANY (v_sessions);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    UPDATE progress_metrics_archive AS p SET metric_data = NULL
    WHERE p.user_id = p_user_id AND p.metric_data IS NOT NULL;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'learning_sessions';
    DELETE FROM learning_sessions AS s WHERE s.id = ANY (v_sessions);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'generated_assets';
    DELETE FROM generated_assets AS a WHERE a.id = ANY (v_assets);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'content_chunks';
    DELETE FROM content_chunks AS c WHERE c.study_material_id = ANY (v_materials);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    entity := 'study_materials';
    DELETE FROM study_materials AS m WHERE m.id = ANY (v_materials);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;
    v_report := v_report || jsonb_build_object(entity, rows_concerned);

    -- A hash of that form which no password has; an address in a domain that cannot exist.
    entity := 'users';
    UPDATE users AS u
    SET email = u.id || '@purged.invalid',
        username = 'purged_' || u.id,
        password_hash = '$2b$12$' || repeat('.', 53),
        first_name = NULL, last_name = NULL, profile_picture_url = NULL,
        preferences = NULL, last_login_at = NULL
    WHERE u.id = p_user_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    PERFORM write_audit('purge', 'users', p_user_id, NULL, v_report);
END;
$$;

COMMENT ON FUNCTION purge_user(uuid) IS
'For a user with deleted_at: removes materials, chunks, assets, sessions, interactions (archived '
'ones too) and feedback, keeps metric values without details, anonymises the row, and writes one '
'"purge" entry. Audit rows stay. Returns rows per table; 55000 for a user who is not deleted. '
'Cannot be undone.';

GRANT EXECUTE ON FUNCTION purge_user(uuid) TO slate_services;

CREATE FUNCTION purge_deleted_users(
    p_before timestamptz DEFAULT now() - interval '30 days',
    p_limit integer DEFAULT 100
) RETURNS TABLE (user_id uuid, rows_concerned bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    FOR user_id IN
        SELECT u.id
        FROM users AS u
        WHERE NOT u.is_active AND u.deleted_at < p_before AND u.email <> u.id || '@purged.invalid'
        ORDER BY u.deleted_at
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    LOOP
        SELECT sum(p.rows_concerned) INTO rows_concerned FROM purge_user(user_id) AS p;
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION purge_deleted_users(timestamptz, integer) IS
'purge_user() for up to p_limit users deleted before p_before and not yet purged, the longest '
'deleted first. Returns them; nothing when none is due.';
