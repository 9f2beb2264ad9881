-- depends: spark_0005_create_users
-- Why:  who changed a mark, a role or a guardian, from what to what. The trail outlives the person
--       (SET NULL) and cannot be edited. Only ids that still exist are written: a user who deletes
--       himself is the last actor.
-- Lock: brief on schools and users (new triggers). Rollback loses: the whole trail.

CREATE TABLE audit_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid,
    action varchar(100) NOT NULL,
    table_name varchar(50),
    record_id uuid,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
    CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE SET NULL
);

COMMENT ON TABLE audit_logs IS
'Append-only trail of sensitive changes. Written by triggers; the service may add its own.';
COMMENT ON COLUMN audit_logs.table_name IS 'The table''s logical name, also of partitions.';
COMMENT ON COLUMN audit_logs.record_id IS 'The row''s id; of an erased user a random key.';
COMMENT ON COLUMN audit_logs.user_id IS
'Who acted; NULL for the back end itself and after the person is deleted.';
COMMENT ON COLUMN audit_logs.action IS
'INSERT, UPDATE or DELETE from triggers; any verb from the service.';
COMMENT ON COLUMN audit_logs.old_values IS 'The row before UPDATE and DELETE, without secrets.';
COMMENT ON COLUMN audit_logs.new_values IS 'The row after INSERT and UPDATE, without secrets.';
COMMENT ON COLUMN audit_logs.ip_address IS
'From the setting app.ip_address: the first where it is a list; NULL where it is no address.';
COMMENT ON COLUMN audit_logs.user_agent IS 'From the setting app.user_agent.';

CREATE INDEX audit_logs_user_id_idx ON audit_logs (user_id, created_at DESC);
CREATE INDEX audit_logs_record_idx ON audit_logs (table_name, record_id, created_at DESC);

CREATE TRIGGER audit_logs_are_append_only
BEFORE UPDATE OR DELETE ON audit_logs
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('user_id');
CREATE TRIGGER audit_logs_are_never_truncated
BEFORE TRUNCATE ON audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION client_address() RETURNS inet
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_first text := trim(split_part(current_setting('app.ip_address', true), ',', 1));
BEGIN
    IF coalesce(v_first, '') = '' THEN
        RETURN NULL;
    END IF;
    BEGIN
        RETURN v_first::inet;
    EXCEPTION WHEN invalid_text_representation THEN
        RETURN NULL;  -- what a client sends in a header stops no write
    END;
END;
$$;

COMMENT ON FUNCTION client_address() IS
'The address in app.ip_address: the first, the client''s, where proxies made a list of it; NULL '
'for what is no address. Reads only.';

CREATE FUNCTION key_of_gone_person(p_table text, p_image jsonb) RETURNS uuid
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_secret text := nullif(current_setting('slate.gone_people', true), '');
BEGIN
    IF v_secret IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (
        -- The secret ends with the transaction: then nobody can make the key of a person again.
        SELECT left(encode(sha256(convert_to(v_secret || i.id, 'UTF8')), 'hex'), 32)::uuid
        FROM unnest(ARRAY[
            p_image ->> 'user_id', p_image ->> 'student_id', p_image ->> 'guardian_id',
            CASE p_table WHEN 'users' THEN p_image ->> 'id' END
        ]) AS i (id)
        -- Anybody can write a setting: it hides nobody who is there.
        WHERE i.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.id = i.id::uuid)
        LIMIT 1
    );
END;
$$;

COMMENT ON FUNCTION key_of_gone_person(text, jsonb) IS
'The random key of the person, deleted in this transaction, whose row an image shows; NULL for all '
'who are there, and where nobody was deleted. Reads only.';

-- Definer: nobody who causes a trail may write or read it.
CREATE FUNCTION audit_trigger_function() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_table CONSTANT text := coalesce(TG_ARGV[0], TG_TABLE_NAME);
    v_hidden CONSTANT text[] := coalesce(string_to_array(TG_ARGV[1], ' '), '{}');
    -- Nobody is asked for where nobody is named.
    v_actor CONSTANT uuid := CASE
        WHEN current_setting('app.user_id', true) <> '' THEN current_user_id()
    END;
    v_address CONSTANT inet := client_address();
    v_agent CONSTANT text := nullif(current_setting('app.user_agent', true), '');
    v_quiet text[];
    v_old jsonb;
    v_new jsonb;
    v_record_id uuid;
    v_gone uuid;
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        INSERT INTO audit_logs (
            user_id, action, table_name, record_id, new_values, ip_address, user_agent
        )
        SELECT v_actor, 'INSERT', v_table, n.id, to_jsonb(n) - v_hidden, v_address, v_agent
        FROM new_rows AS n;
        RETURN NULL;
    END IF;

    IF TG_OP <> 'INSERT' THEN
        v_old := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        v_new := to_jsonb(NEW);
    END IF;
    -- A change of a secret alone is still an event: its image shows the row, not the secret.
    IF TG_OP = 'UPDATE' THEN
        v_quiet := string_to_array('updated_at ' || coalesce(TG_ARGV[2], ''), ' ');
        IF v_old - v_quiet = v_new - v_quiet THEN
            RETURN NULL;
        END IF;
    END IF;

    v_record_id := (coalesce(v_new, v_old) ->> 'id')::uuid;
    IF v_old IS NOT NULL THEN
        v_gone := key_of_gone_person(v_table, v_old);
    END IF;
    IF v_gone IS NOT NULL THEN
        v_record_id := CASE v_table WHEN 'users' THEN v_gone ELSE v_record_id END;
        v_old := jsonb_build_object('person', v_gone);
        v_new := CASE WHEN v_new IS NOT NULL THEN v_old END;
    END IF;
    INSERT INTO audit_logs (
        user_id, action, table_name, record_id, old_values, new_values, ip_address, user_agent
    ) VALUES (
        v_actor, TG_OP, v_table, v_record_id, v_old - v_hidden, v_new - v_hidden, v_address, v_agent
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION audit_trigger_function() IS
'AFTER row trigger, and AFTER INSERT statement trigger with new_rows where rows come by the '
'thousand. Arguments: the table''s logical name (TG_TABLE_NAME is the leaf of a partitioned '
'table), columns never stored, columns whose change alone is no event; the last two separated by '
'spaces.';

CREATE TRIGGER audit_users
AFTER INSERT OR UPDATE OR DELETE ON users
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('users', 'password_hash', 'last_login_at');
CREATE TRIGGER audit_schools
AFTER INSERT OR UPDATE OR DELETE ON schools
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('schools');

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_reads_all ON audit_logs
FOR SELECT TO slate_services
USING (true);

CREATE POLICY service_adds_all ON audit_logs
FOR INSERT TO slate_services
WITH CHECK (true);

CREATE POLICY reader_reads_all ON audit_logs
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT ON audit_logs TO slate_services;
-- The images hold personal data: reports count events, they do not read them.
GRANT SELECT (id, user_id, action, table_name, record_id, created_at) ON audit_logs
TO slate_readers;
