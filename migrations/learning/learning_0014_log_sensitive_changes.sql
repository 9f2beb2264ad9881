-- depends: learning_0013_create_audit_logs
-- Why:  changes to accounts and materials leave a trail by themselves. The trail outlives a purge, so it must not
--       hold what the purge removes: personal columns are named, their values are not kept.
-- Lock: brief on users and study_materials (new triggers). Rollback loses: nothing written; logging stops.

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
        current_user_id(), p_action, p_entity_type, p_entity_id, p_old_values, p_new_values,
        core.setting_text('app.ip_address')::inet, core.setting_text('app.user_agent'),
        core.setting_text('app.session_id'), p_is_success, p_error_message
    ) RETURNING id INTO v_id;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION write_audit(text, text, uuid, jsonb, jsonb, boolean, text) IS
'Adds an entry for what the service does or refuses: a login, an export, a failure. Actor, address, agent and web '
'session come from app.user_id, app.ip_address, app.user_agent and app.session_id. Returns the entry''s id.';

GRANT EXECUTE ON FUNCTION write_audit(text, text, uuid, jsonb, jsonb, boolean, text) TO learning_service;

-- SECURITY DEFINER: people change their rows without any right on the trail.
CREATE FUNCTION log_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_open text[] := TG_ARGV[1:];
    v_rows text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.id, NULL::jsonb AS old, to_jsonb(n) AS new FROM new_rows AS n'
        WHEN 'DELETE' THEN 'SELECT o.id, to_jsonb(o) AS old, NULL::jsonb AS new FROM old_rows AS o'
        ELSE 'SELECT n.id, to_jsonb(o) AS old, to_jsonb(n) AS new
            FROM old_rows AS o INNER JOIN new_rows AS n ON n.id = o.id'
    END;
BEGIN
    -- One INSERT for all rows of the statement: bulk changes pay half of what an entry at a time costs.
    EXECUTE format($sql$
        INSERT INTO audit_logs (
            user_id, action, entity_type, entity_id, old_values, new_values, ip_address, user_agent, session_id
        )
        SELECT
            current_user_id(),
            CASE
                WHEN r.old IS NULL THEN 'create'
                WHEN r.new IS NULL THEN 'delete'
                WHEN r.old -> 'deleted_at' = 'null' AND r.new -> 'deleted_at' <> 'null' THEN 'soft_delete'
                WHEN r.old -> 'deleted_at' <> 'null' AND r.new -> 'deleted_at' = 'null' THEN 'restore'
                ELSE 'update'
            END,
            $1, r.id, c.old_values,
            CASE
                WHEN c.redacted IS NULL THEN c.new_values
                ELSE coalesce(c.new_values, '{}') || jsonb_build_object('redacted', c.redacted)
            END,
            core.setting_text('app.ip_address')::inet, core.setting_text('app.user_agent'),
            core.setting_text('app.session_id')
        FROM (%s) AS r
        CROSS JOIN LATERAL (
            SELECT
                count(*) AS changed,
                jsonb_object_agg(k.key, r.old -> k.key) FILTER (WHERE k.key = ANY ($2) AND r.old IS NOT NULL)
                    AS old_values,
                jsonb_object_agg(k.key, r.new -> k.key) FILTER (WHERE k.key = ANY ($2) AND r.new IS NOT NULL)
                    AS new_values,
                jsonb_agg(replace(k.key, '_hash', '') ORDER BY k.key)
                    FILTER (WHERE k.key <> ALL ($2) AND r.old IS NOT NULL AND r.new IS NOT NULL) AS redacted
            FROM jsonb_object_keys(coalesce(r.new, r.old)) AS k (key)
            WHERE k.key NOT IN ('updated_at', 'last_login_at')
                AND coalesce(r.old -> k.key, 'null') <> coalesce(r.new -> k.key, 'null')
        ) AS c
        WHERE c.changed > 0
    $sql$, v_rows) USING TG_ARGV[0], v_open;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION log_changes() IS
'Statement trigger, arguments entity type, then the columns whose values may be kept. One entry for each row that '
'really changed; a changed column that is not listed appears by name under "redacted".';

CREATE TRIGGER users_log_insert AFTER INSERT ON users
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('users', 'is_active');

CREATE TRIGGER users_log_update AFTER UPDATE ON users
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('users', 'is_active', 'deleted_at');

CREATE TRIGGER users_log_delete AFTER DELETE ON users
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('users', 'is_active', 'deleted_at');

CREATE TRIGGER study_materials_log_insert AFTER INSERT ON study_materials
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status');

CREATE TRIGGER study_materials_log_update AFTER UPDATE ON study_materials
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status', 'deleted_at');

CREATE TRIGGER study_materials_log_delete AFTER DELETE ON study_materials
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION log_changes('study_materials', 'user_id', 'source_type', 'status', 'deleted_at');
