-- depends: learning_0019_fold_session_data
-- Why:  "permanent, with privacy compliance": a deleted user's materials and all that hangs on them
--       go, the account stays as an anonymous row under a key that nobody knows, so that the trail
--       and the trends still refer to something, and nothing refers to the person.
-- Lock: none, only new objects. Rollback loses: nothing; what was purged stays purged.

CREATE FUNCTION unname_trail(p_user users, p_key uuid) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_id text := p_user.id::text;
    v_whole text[] := ARRAY[
        p_user.email, p_user.username, p_user.first_name || ' ' || p_user.last_name
    ];
    v_names text[] := v_whole || ARRAY[p_user.first_name, p_user.last_name]::text[];
    v_table regclass;
BEGIN
    -- What the person did, or was done to the account, loses every name and where it came from; of
    -- what others left, as a failed login, a whole name or address tells who it was.
    FOREACH v_table IN ARRAY ARRAY['audit_logs', 'audit_logs_archive']::regclass[] LOOP
        EXECUTE format($sql$
            UPDATE %s AS l
            SET user_id = CASE l.user_id WHEN $1 THEN $2 ELSE l.user_id END,
                entity_id = CASE l.entity_id WHEN $1 THEN $2 ELSE l.entity_id END,
                old_values = core.without_names(
                    replace(l.old_values::text, $3, $2::text), v.names, 'purged'
                )::jsonb,
                new_values = core.without_names(
                    replace(l.new_values::text, $3, $2::text), v.names, 'purged'
                )::jsonb,
                error_message = core.without_names(
                    replace(l.error_message, $3, $2::text), v.names, 'purged'
                ),
                user_agent = CASE WHEN l.user_id = $1 THEN NULL
                    ELSE core.without_names(l.user_agent, v.names, 'purged') END,
                session_id = CASE WHEN l.user_id = $1 THEN NULL
                    ELSE core.without_names(l.session_id, v.names, 'purged') END,
                ip_address = CASE WHEN l.user_id = $1 THEN NULL ELSE l.ip_address END
            FROM (
                SELECT
                    t.id AS log_id, t.created_at AS log_time,
                    CASE WHEN $1 IN (t.user_id, t.entity_id) THEN $5 ELSE $4 END AS names
                FROM %s AS t
                WHERE $1 IN (t.user_id, t.entity_id) OR position($3 IN t::text) > 0
                    OR t::text <> core.without_names(t::text, $4, 'purged')
            ) AS v
            WHERE l.id = v.log_id AND l.created_at = v.log_time
        $sql$, v_table, v_table) USING p_user.id, p_key, v_id, v_whole, v_names;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION unname_trail(users, uuid) IS
'Puts the key in place of the user''s id in the trail and its archive, and the word "purged" in '
'place of the names; entries by the user lose address, agent and web session. Reads the whole '
'trail once.';

CREATE FUNCTION forget_user(p_user_id uuid)
RETURNS TABLE (entity text, rows_concerned bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_user users;
    v_materials uuid[];
    v_assets uuid[];
    v_sessions uuid[];
    v_report jsonb := '{}';
    v_key uuid := gen_random_uuid();
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

    -- A hash of that form which no password has; an address in a domain that cannot exist.
    INSERT INTO users (id, email, username, password_hash, created_at, deleted_at)
    VALUES (
        v_key, v_key || '@purged.invalid', 'purged_' || v_key, '$2b$12$' || repeat('.', 53),
        v_user.created_at, v_user.deleted_at
    );

    -- Values stay, for trends over years.
    entity := 'progress_metrics';
    UPDATE progress_metrics AS p
    SET learning_session_id = NULL,
        user_id = CASE p.user_id WHEN p_user_id THEN v_key ELSE p.user_id END,
        metric_data = CASE WHEN p.user_id <> p_user_id THEN p.metric_data END
    WHERE p.user_id = p_user_id OR p.learning_session_id = ANY (v_sessions);
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    UPDATE progress_metrics_archive AS p
    SET user_id = v_key, learning_session_id = NULL, metric_data = NULL
    WHERE p.user_id = p_user_id;
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

    PERFORM unname_trail(v_user, v_key);
    entity := 'users';
    DELETE FROM users AS u WHERE u.id = p_user_id;
    GET DIAGNOSTICS rows_concerned = ROW_COUNT;
    RETURN NEXT;

    -- Whoever asks for the own purge is nobody afterwards.
    IF claimed_user_id() = p_user_id THEN
        PERFORM set_config('app.user_id', '', true);
    END IF;
    PERFORM write_audit('purge', 'users', v_key, NULL, v_report);
END;
$$;

COMMENT ON FUNCTION forget_user(uuid) IS
'The part of purge_user() that concerns tables: summaries still hold the user''s id until they are '
'refreshed.';
