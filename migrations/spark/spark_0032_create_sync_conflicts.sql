-- depends: spark_0031_create_sync_logs
-- Why:  where client and server disagreed, both sides are kept with what was decided. A log is in
--       CONFLICT exactly while one of its conflicts is open.
-- Lock: none, only new objects. Rollback loses: every conflict.

CREATE TABLE sync_conflicts (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    sync_log_id uuid NOT NULL,
    entity_type varchar(50) NOT NULL,
    entity_id uuid NOT NULL,
    client_data jsonb NOT NULL,
    server_data jsonb NOT NULL,
    resolution_strategy varchar(50),
    resolved_data jsonb,
    resolved_at timestamptz,
    resolved_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT sync_conflicts_pkey PRIMARY KEY (id),
    CONSTRAINT sync_conflicts_sync_log_id_fkey FOREIGN KEY (sync_log_id)
        REFERENCES sync_logs (id) ON DELETE CASCADE,
    CONSTRAINT sync_conflicts_resolved_by_fkey FOREIGN KEY (resolved_by) REFERENCES users (id),
    CONSTRAINT sync_conflicts_dates_are_finite_check CHECK (isfinite(resolved_at)),
    CONSTRAINT sync_conflicts_entity_type_check CHECK (
        entity_type IN ('lesson_progress', 'quiz_submission')
    ),
    CONSTRAINT sync_conflicts_resolution_strategy_check
        CHECK (resolution_strategy IN ('client_wins', 'server_wins', 'merge')),
    CONSTRAINT sync_conflicts_client_data_check CHECK (jsonb_typeof(client_data) = 'object'),
    CONSTRAINT sync_conflicts_server_data_check CHECK (jsonb_typeof(server_data) = 'object'),
    CONSTRAINT sync_conflicts_resolved_data_check CHECK (jsonb_typeof(resolved_data) = 'object')
);

COMMENT ON TABLE sync_conflicts IS
'A disagreement between a client and the server; open while resolved_at is NULL.';
COMMENT ON COLUMN sync_conflicts.entity_type IS
'lesson_progress: student_progress.id; quiz_submission: submissions.id.';
COMMENT ON COLUMN sync_conflicts.entity_id IS 'Id of the row; kept when the row is gone.';
COMMENT ON COLUMN sync_conflicts.client_data IS 'What the client sent.';
COMMENT ON COLUMN sync_conflicts.server_data IS 'The row as it was.';
COMMENT ON COLUMN sync_conflicts.resolution_strategy IS
'client_wins: the client''s values; server_wins: the row stays; merge: the further of each.';
COMMENT ON COLUMN sync_conflicts.resolved_data IS 'The row after the decision.';
COMMENT ON COLUMN sync_conflicts.resolved_by IS 'Who decided; NULL for the back end.';

CREATE INDEX idx_sync_conflicts_sync_log ON sync_conflicts (sync_log_id);
CREATE INDEX idx_sync_conflicts_entity ON sync_conflicts (entity_type, entity_id);
CREATE INDEX idx_sync_conflicts_unresolved ON sync_conflicts (resolved_at)
WHERE resolved_at IS NULL;
CREATE INDEX sync_conflicts_resolved_by_idx ON sync_conflicts (resolved_by)
WHERE resolved_by IS NOT NULL;

-- Definer: reads whose the log and the row are, whoever writes.
CREATE FUNCTION check_sync_conflict() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_user_id CONSTANT uuid := (SELECT l.user_id FROM sync_logs AS l WHERE l.id = NEW.sync_log_id);
BEGIN
    IF NEW.resolved_at IS NULL THEN
        NEW.resolved_by := NULL;
        IF OLD.resolved_at IS NOT NULL THEN  -- open again
            SELECT NULL, NULL INTO NEW.resolution_strategy, NEW.resolved_data;
        END IF;
    ELSIF OLD.resolved_at IS NULL OR NEW.resolved_by <> coalesce(OLD.resolved_by, NEW.id) THEN
        NEW.resolved_by := coalesce(current_user_id(), NEW.resolved_by);
    END IF;
    IF (
        TG_OP = 'INSERT' OR (NEW.sync_log_id, NEW.entity_id) <> (OLD.sync_log_id, OLD.entity_id)
    ) AND sync_entity_owner(NEW.entity_type, NEW.entity_id) <> v_user_id THEN
        RAISE EXCEPTION '% "%" is not of the user of log "%"', NEW.entity_type, NEW.entity_id,
            NEW.sync_log_id
            USING ERRCODE = 'check_violation', TABLE = 'sync_conflicts', COLUMN = 'entity_id',
            CONSTRAINT = 'sync_conflicts_entity_is_of_log_user',
            HINT = 'A log holds the conflicts of the person who sent it.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION check_sync_conflict() IS
'BEFORE row trigger: the row in conflict, where it still is, belongs to the user of the log; '
'resolved_by is the caller.';

CREATE FUNCTION sync_entity_owner(p_entity_type text, p_entity_id uuid) RETURNS uuid
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_entity_type = 'lesson_progress' THEN
        RETURN (SELECT k.student_id FROM student_progress_keys AS k WHERE k.id = p_entity_id);
    END IF;
    RETURN (SELECT k.student_id FROM submission_keys AS k WHERE k.id = p_entity_id);
END;
$$;

COMMENT ON FUNCTION sync_entity_owner(text, uuid) IS
'The student whose row a conflict is about; NULL when the row is gone. Reads only.';

-- Definer: people have no grant on the keys, and learn of no row but their own.
CREATE FUNCTION is_my_sync_entity(p_entity_type text, p_entity_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN coalesce(sync_entity_owner(p_entity_type, p_entity_id) = current_user_id(), false);
END;
$$;

COMMENT ON FUNCTION is_my_sync_entity(text, uuid) IS
'Whether the row is there and the caller''s own. Reads only.';
GRANT EXECUTE ON FUNCTION is_my_sync_entity(text, uuid) TO authenticated_users, slate_services;

CREATE TRIGGER people_report_own_conflicts
BEFORE INSERT ON sync_conflicts
FOR EACH ROW WHEN (acts_as_person() AND NOT is_my_sync_entity(NEW.entity_type, NEW.entity_id))
EXECUTE FUNCTION refuse_hidden_row('sync_conflicts');
CREATE TRIGGER sync_conflicts_are_checked
BEFORE INSERT OR UPDATE ON sync_conflicts
FOR EACH ROW EXECUTE FUNCTION check_sync_conflict();

-- Definer: clients may not write the status of a log.
CREATE FUNCTION mark_log_in_conflict() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_log_ids uuid[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        v_log_ids := ARRAY[OLD.sync_log_id];
    END IF;
    IF TG_OP <> 'DELETE' THEN
        v_log_ids := v_log_ids || NEW.sync_log_id;
    END IF;
    -- The log's row serialises two conflicts of one log that are decided at once.
    PERFORM 1 FROM sync_logs AS l WHERE l.id = ANY (v_log_ids) ORDER BY l.id FOR UPDATE;
    UPDATE sync_logs AS l
    SET status = CASE WHEN l.status = 'CONFLICT' THEN 'COMPLETED' ELSE 'CONFLICT' END::sync_status,
        processed_at = CASE WHEN l.status = 'CONFLICT' THEN now() ELSE l.processed_at END
    WHERE l.id = ANY (v_log_ids)
        AND (l.status = 'CONFLICT') <> EXISTS (
            SELECT 1 FROM sync_conflicts AS c WHERE c.sync_log_id = l.id AND c.resolved_at IS NULL
        );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION mark_log_in_conflict() IS
'AFTER row trigger: the log is CONFLICT while a conflict is open, COMPLETED when the last one is '
'resolved, deleted or moved.';

CREATE TRIGGER sync_conflicts_mark_log
AFTER INSERT OR DELETE OR UPDATE OF resolved_at, sync_log_id ON sync_conflicts
FOR EACH ROW EXECUTE FUNCTION mark_log_in_conflict();

-- Definer: the answer decides what the caller may see.
CREATE FUNCTION my_sync_log_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(SELECT l.id FROM sync_logs AS l WHERE l.user_id = current_user_id());
END;
$$;

COMMENT ON FUNCTION my_sync_log_ids() IS
'The caller''s own uploads, at most the last 30 days'' worth. Reads only.';
GRANT EXECUTE ON FUNCTION my_sync_log_ids() TO authenticated_users, slate_services;

ALTER TABLE sync_conflicts ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_conflicts ON sync_conflicts
FOR SELECT TO authenticated_users
USING (sync_log_id = ANY ((SELECT my_sync_log_ids())::uuid[]));

CREATE POLICY people_add_own_conflicts ON sync_conflicts
FOR INSERT TO authenticated_users
WITH CHECK (
    sync_log_id = ANY ((SELECT my_sync_log_ids())::uuid[])
    AND is_my_sync_entity(entity_type, entity_id)
);

CREATE POLICY service_manages_all ON sync_conflicts
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON sync_conflicts
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON sync_conflicts TO authenticated_users;
GRANT INSERT (
    sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy,
    resolved_data, resolved_at
) ON sync_conflicts TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_conflicts TO slate_services;
GRANT SELECT ON sync_conflicts TO slate_readers;
