-- depends: learning_0013_create_audit_logs
-- Why:  changes to accounts and materials leave a trail by themselves. The trail outlives a purge,
--       so it must not hold what the purge removes: personal columns are named, their values are
--       not kept.
-- Lock: brief on users and study_materials (new triggers). Rollback loses: nothing written; logging
--       stops.

-- SECURITY DEFINER: nobody may choose id or time of an entry, or read one.
CREATE FUNCTION write_audit(
    p_action text,
    p_entity_type text,
    p_entity_id uuid DEFAULT NULL,
    p_old_values jsonb DEFAULT NULL,
    p_new_values jsonb DEFAULT NULL,
    p_is_success boolean DEFAULT true,
    p_error_message text DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_id uuid;
BEGIN
    INSERT INTO audit_logs (
        user_id, action, entity_type, entity_id, old_values, new_values,
        ip_address, user_agent, session_id, is_success, error_message
    ) VALUES (
        claimed_user_id(), p_action, p_entity_type, p_entity_id, p_old_values, p_new_values,
        core.setting_inet('app.ip_address'), core.setting_text('app.user_agent'),
        core.setting_text('app.session_id'), p_is_success, p_error_message
    ) RETURNING id INTO v_id;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION write_audit(text, text, uuid, jsonb, jsonb, boolean, text) IS
'Adds an entry for what the service does or refuses: a login, an export, a failure. Actor, '
'address, agent and web session come from app.user_id, app.ip_address, app.user_agent and '
'app.session_id. Returns the entry''s id.';

GRANT EXECUTE ON FUNCTION write_audit(text, text, uuid, jsonb, jsonb, boolean, text)
TO slate_services;

-- SECURITY DEFINER: people change their rows without any right on the trail. The plan made for the
-- first statement serves them all, whatever their size, so it must not be a nested loop over the
-- two sets of rows.
CREATE FUNCTION log_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET enable_nestloop = off
AS $$
DECLARE
    v_open text[] := TG_ARGV[1:];
    v_actor uuid := claimed_user_id();
    v_address inet := core.setting_inet('app.ip_address');
    v_agent text := core.setting_text('app.user_agent');
    v_web_session text := core.setting_text('app.session_id');
BEGIN
    -- One INSERT for all rows of the statement: bulk changes pay half of what an entry at a time
    -- costs.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_logs (
            user_id, action, entity_type, entity_id, new_values, ip_address, user_agent, session_id
        )
        SELECT v_actor, 'create', TG_ARGV[0], r.id, v.kept, v_address, v_agent, v_web_session
        FROM (SELECT n.id, to_jsonb(n) AS new FROM new_rows AS n OFFSET 0) AS r
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(k.name, r.new -> k.name) AS kept
            FROM unnest(v_open) AS k (name)
            WHERE r.new -> k.name <> 'null'
        ) AS v;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit_logs (
            user_id, action, entity_type, entity_id, old_values, ip_address, user_agent, session_id
        )
        SELECT v_actor, 'delete', TG_ARGV[0], r.id, v.kept, v_address, v_agent, v_web_session
        FROM (SELECT o.id, to_jsonb(o) AS old FROM old_rows AS o OFFSET 0) AS r
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(k.name, r.old -> k.name) AS kept
            FROM unnest(v_open) AS k (name)
            WHERE r.old -> k.name <> 'null'
        ) AS v;
    ELSE
        INSERT INTO audit_logs (
            user_id, action, entity_type, entity_id, old_values, new_values,
            ip_address, user_agent, session_id
        )
        SELECT
            v_actor,
            CASE
                WHEN r.old -> 'deleted_at' = 'null' AND r.new -> 'deleted_at' <> 'null'
                    THEN 'soft_delete'
                WHEN r.old -> 'deleted_at' <> 'null' AND r.new -> 'deleted_at' = 'null'
                    THEN 'restore'
                ELSE 'update'
            END,
            TG_ARGV[0], r.id, v.old_values,
            CASE
                WHEN v.redacted IS NULL THEN v.new_values
                ELSE coalesce(v.new_values, '{}') || jsonb_build_object('redacted', v.redacted)
            END,
            v_address, v_agent, v_web_session
        FROM (
            SELECT
                n.id,
                to_jsonb(o) - '{updated_at,last_login_at}'::text[] AS old,
                to_jsonb(n) - '{updated_at,last_login_at}'::text[] AS new
            FROM old_rows AS o
            INNER JOIN new_rows AS n ON n.id = o.id
            OFFSET 0
        ) AS r
        CROSS JOIN LATERAL (
            SELECT
                jsonb_object_agg(k.name, r.old -> k.name) FILTER (WHERE k.name = ANY (v_open))
                    AS old_values,
                jsonb_object_agg(k.name, r.new -> k.name) FILTER (WHERE k.name = ANY (v_open))
                    AS new_values,
                jsonb_agg(
                    replace(k.name, '_hash', '') ORDER BY k.name
                ) FILTER (WHERE k.name <> ALL (v_open)) AS redacted
            FROM jsonb_object_keys(r.new) AS k (name)
            WHERE r.old -> k.name <> r.new -> k.name
        ) AS v
        WHERE r.old <> r.new;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION log_changes() IS
'Statement trigger, arguments entity type, then the columns whose values may be kept. One entry '
'for each row that really changed; a changed column that is not listed appears by name under '
'"redacted".';

-- A purge writes an entry of its own, which does not tell whose row became which.
CREATE TRIGGER users_log_insert
AFTER INSERT ON users
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT WHEN (NOT core.is_maintenance('users'))
EXECUTE FUNCTION log_changes('users', 'is_active');

CREATE TRIGGER users_log_update
AFTER UPDATE ON users
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT WHEN (NOT core.is_maintenance('users'))
EXECUTE FUNCTION log_changes('users', 'is_active', 'deleted_at');

CREATE TRIGGER users_log_delete
AFTER DELETE ON users
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT WHEN (NOT core.is_maintenance('users'))
EXECUTE FUNCTION log_changes('users', 'is_active', 'deleted_at');

CREATE TRIGGER study_materials_log_insert
AFTER INSERT ON study_materials
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT
EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status');

CREATE TRIGGER study_materials_log_update
AFTER UPDATE ON study_materials
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT
EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status', 'deleted_at');

CREATE TRIGGER study_materials_log_delete
AFTER DELETE ON study_materials
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT
EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status', 'deleted_at');
