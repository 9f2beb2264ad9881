-- depends: vividly_0022_create_audit_logs
-- Why:  nothing in the document writes the trail. Services log what people look at; the database
--       itself logs what would otherwise leave no trace: an account gone or changed in rank, an
--       enrolment begun anew.
-- Lock: brief on users and class_students (new triggers). Rollback loses: nothing that is logged
--       already.

-- SECURITY DEFINER: the trail must be written whoever acts, and nobody may write it as somebody
-- else.
CREATE FUNCTION log_action(
    p_action text,
    p_resource_type text DEFAULT NULL,
    p_resource_id text DEFAULT NULL,
    p_metadata jsonb DEFAULT '{}',
    p_ip_address inet DEFAULT NULL,
    p_user_agent text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_actor users;
BEGIN
    -- Also an account that ends with this very act: whoever closes the own is still who did it.
    SELECT u.* INTO v_actor FROM users AS u WHERE u.id = claimed_user_id();
    INSERT INTO audit_logs (
        user_id, user_role, action, resource_type, resource_id, metadata, ip_address, user_agent
    ) VALUES (
        v_actor.id, v_actor.role, p_action, p_resource_type, left(p_resource_id, 50),
        -- topics.id is longer than the documented resource_id; cut off, the trail would name
        -- nothing.
        CASE
            WHEN length(p_resource_id) > 50
                THEN p_metadata || jsonb_build_object('resource_id', p_resource_id)
            ELSE p_metadata
        END,
        p_ip_address, p_user_agent
    );
END;
$$;

COMMENT ON FUNCTION log_action(text, text, text, jsonb, inet, text) IS
'Appends to audit_logs as the person of app.user_id, or as the system when none is set. A '
'resource_id of more than 50 characters is kept whole in metadata.resource_id.';

GRANT EXECUTE ON FUNCTION log_action(text, text, text, jsonb, inet, text) TO slate_services;

-- SECURITY DEFINER: calls log_action() whoever acts.
CREATE FUNCTION log_account_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM log_action('delete_user', 'user', OLD.id, jsonb_build_object('role', OLD.role));
    ELSIF NEW.role <> OLD.role THEN
        PERFORM log_action(
            'change_role', 'user', NEW.id, jsonb_build_object('from', OLD.role, 'to', NEW.role)
        );
    ELSIF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
        PERFORM log_action(
            CASE WHEN NEW.deleted_at IS NULL THEN 'restore_user' ELSE 'close_user' END,
            'user', NEW.id
        );
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION log_account_change() IS
'AFTER row trigger of users: deletion, closing, restoring, change of role.';

CREATE TRIGGER users_log_their_end
AFTER DELETE ON users
FOR EACH ROW EXECUTE FUNCTION log_account_change();

CREATE TRIGGER users_log_their_rank
AFTER UPDATE OF role, deleted_at ON users
FOR EACH ROW EXECUTE FUNCTION log_account_change();

-- SECURITY DEFINER: calls log_action() whoever acts.
CREATE FUNCTION log_reenrollment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM log_action('reenroll_student', 'class', NEW.class_id, jsonb_build_object(
        'student_id', NEW.student_id, 'enrolled_at', OLD.enrolled_at, 'dropped_at', OLD.dropped_at
    ));
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION log_reenrollment() IS
'AFTER row trigger of class_students: keeps the dates of the enrolment that a new one overwrites.';

CREATE TRIGGER class_students_log_reenrollment
AFTER UPDATE OF dropped_at ON class_students
FOR EACH ROW WHEN (old.dropped_at IS NOT NULL AND new.dropped_at IS NULL)
EXECUTE FUNCTION log_reenrollment();
