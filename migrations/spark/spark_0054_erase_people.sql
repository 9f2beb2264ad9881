-- depends: spark_0053_set_retention
-- Why:  who leaves takes along what names him, wherever a copy was made: trails and boards hold
--       copies that no foreign key knows. That something happened stays, to whom by a key that
--       means nothing.
-- Lock: brief on users (new triggers). Rollback loses: nothing; what was erased stays so.

-- Definer, and in maintenance: the trail is append-only for everybody else.
CREATE FUNCTION forget_actor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
BEGIN
    -- What cascades from here leaves its events after all triggers of users have fired: the trail
    -- makes the person's key of this secret. One for all who go: a list of them was read anew for
    -- each.
    IF coalesce(current_setting('slate.gone_people', true), '') = '' THEN
        PERFORM set_config('slate.gone_people', gen_random_uuid()::text, true);
    END IF;
    UPDATE audit_logs SET user_id = NULL, ip_address = NULL, user_agent = NULL
    WHERE user_id = OLD.id;
    RETURN OLD;
END;
$$;

COMMENT ON FUNCTION forget_actor() IS
'BEFORE DELETE row trigger of users: makes the secret of the keys that stand for people, and lets '
'the trail forget who acted, and from where.';

-- Definer, and in maintenance: the trail is append-only for everybody else.
CREATE FUNCTION forget_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_id_pattern CONSTANT text :=
        '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    v_keys jsonb;
    v_only text;  -- a single person: looked for eight times as fast as a pattern
    v_row record;
    v_id text;
    v_key uuid;
BEGIN
    SELECT
        jsonb_object_agg(o.id, key_of_gone_person('users', jsonb_build_object('id', o.id))),
        CASE count(*) WHEN 1 THEN min(o.id::text) END
    INTO v_keys, v_only
    FROM old_rows AS o;
    IF v_keys IS NULL THEN
        RETURN NULL;
    END IF;

    FOR v_row IN
        SELECT a.id, a.table_name, a.old_values, a.new_values,
            array_agg(DISTINCT m.found[1]) AS people
        FROM audit_logs AS a
        CROSS JOIN LATERAL regexp_matches(
            concat(a.record_id, a.old_values, a.new_values), v_id_pattern, 'g'
        ) AS m (found)
        WHERE v_keys ? m.found[1] AND (
            v_only IS NULL OR strpos(concat(a.record_id, a.old_values, a.new_values), v_only) > 0
        )
        GROUP BY a.id
    LOOP
        FOREACH v_id IN ARRAY v_row.people LOOP
            v_key := v_keys ->> v_id;
            v_row.old_values := forget_person(v_row.table_name, v_row.old_values, v_id, v_key);
            v_row.new_values := forget_person(v_row.table_name, v_row.new_values, v_id, v_key);
        END LOOP;
        UPDATE audit_logs AS a
        SET record_id = coalesce((v_keys ->> a.record_id::text)::uuid, a.record_id),
            old_values = v_row.old_values,
            new_values = v_row.new_values
        WHERE a.id = v_row.id;
    END LOOP;

    UPDATE leaderboards AS b
    SET rankings = coalesce(
        (
            SELECT jsonb_agg(e.entry ORDER BY e.place)
            FROM jsonb_array_elements(b.rankings) WITH ORDINALITY AS e (entry, place)
            WHERE NOT EXISTS (
                SELECT 1 FROM regexp_matches(e.entry::text, v_id_pattern, 'g') AS m (found)
                WHERE v_keys ? m.found[1]
            )
        ), '[]')
    WHERE jsonb_typeof(b.rankings) = 'array' AND EXISTS (
        SELECT 1 FROM regexp_matches(b.rankings::text, v_id_pattern, 'g') AS m (found)
        WHERE v_keys ? m.found[1]
    );
    DELETE FROM leaderboards AS b
    WHERE EXISTS (
        SELECT 1 FROM regexp_matches(b.rankings::text, v_id_pattern, 'g') AS m (found)
        WHERE v_keys ? m.found[1]
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION forget_people() IS
'AFTER DELETE statement trigger of users: images of who is gone are emptied, elsewhere the id '
'gives way to the key, the same in all events; boards lose the entry. Reads the whole trail once, '
'however many go.';

CREATE FUNCTION forget_person(p_table text, p_image jsonb, p_id text, p_key uuid) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_id IN (p_image ->> 'user_id', p_image ->> 'student_id', p_image ->> 'guardian_id')
        OR (p_table = 'users' AND p_image ->> 'id' = p_id)
    THEN
        RETURN jsonb_build_object('person', p_key);
    END IF;
    RETURN replace(p_image::text, p_id, p_key::text)::jsonb;
END;
$$;

COMMENT ON FUNCTION forget_person(text, jsonb, text, uuid) IS
'An image without a person: {"person": key} of a row that was the person''s, else with the key in '
'place of the id. Writes nothing.';

CREATE TRIGGER users_forget_actor
BEFORE DELETE ON users
FOR EACH ROW EXECUTE FUNCTION forget_actor();
CREATE TRIGGER users_forget_people
AFTER DELETE ON users
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION forget_people();

-- Definer: it reaches what the service may not change, and nobody is left out by a policy.
CREATE FUNCTION erase_person(p_user_id uuid, p_successor_id uuid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_names text[] := ARRAY(
        SELECT n.name
        FROM users AS u
        LEFT JOIN profiles AS p ON p.user_id = u.id
        CROSS JOIN LATERAL (
            VALUES (u.username), (u.email), (p.display_name), (p.first_name),
                (concat_ws(' ', p.first_name, p.last_name))
        ) AS n (name)
        WHERE u.id = p_user_id
    );
BEGIN
    IF p_successor_id IS NOT NULL THEN
        UPDATE classes SET teacher_id = p_successor_id WHERE teacher_id = p_user_id;
        UPDATE assignments SET created_by = p_successor_id WHERE created_by = p_user_id;
    ELSIF EXISTS (SELECT 1 FROM classes AS c WHERE c.teacher_id = p_user_id)
        OR EXISTS (SELECT 1 FROM assignments AS a WHERE a.created_by = p_user_id)
    THEN
        RAISE EXCEPTION 'user "%" has classes or assignments that somebody must take over',
            p_user_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'classes', COLUMN = 'teacher_id',
            CONSTRAINT = 'classes_teacher_id_fkey',
            HINT = 'Name a TEACHER or ADMIN of the school: erase_person(id, successor_id).';
    END IF;
    UPDATE submissions SET graded_by = NULL WHERE graded_by = p_user_id;
    UPDATE assignment_submissions SET graded_by = NULL WHERE graded_by = p_user_id;
    UPDATE guardian_links SET approved_by = NULL WHERE approved_by = p_user_id;
    UPDATE courses SET created_by = NULL WHERE created_by = p_user_id;
    UPDATE sync_conflicts SET resolved_by = NULL WHERE resolved_by = p_user_id;
    UPDATE content_translations SET reviewed_by = NULL WHERE reviewed_by = p_user_id;
    UPDATE content_translations SET translated_by = 'human' WHERE translated_by = ANY (v_names);
    UPDATE guilds AS g SET leader_id = m.student_id
    FROM (
        SELECT DISTINCT ON (o.guild_id) o.guild_id, o.student_id
        FROM guild_memberships AS o
        WHERE o.student_id <> p_user_id
        ORDER BY o.guild_id, o.joined_at, o.id
    ) AS m
    WHERE g.leader_id = p_user_id AND m.guild_id = g.id;
    DELETE FROM guilds WHERE leader_id = p_user_id;
    -- A display name may be any word: it does not tell who is meant.
    DELETE FROM user_notifications AS n
    USING (
        SELECT ARRAY[u.username, u.email, p.first_name || ' ' || p.last_name] AS whole
        FROM users AS u
        LEFT JOIN profiles AS p ON p.user_id = u.id
        WHERE u.id = p_user_id
    ) AS named
    WHERE strpos(concat_ws(' ', n.title, n.message, n.data), p_user_id::text) > 0
        OR concat_ws(' ', n.title, n.message, n.data)
        <> core.without_names(concat_ws(' ', n.title, n.message, n.data), named.whole, '***');
    DELETE FROM users WHERE id = p_user_id;
    RETURN FOUND;
END;
$$;

COMMENT ON FUNCTION erase_person(uuid, uuid) IS
'Deletes a person and everything that names the person, trails, archives, boards and messages to '
'others included; what others made stays without the name. A teacher''s classes and assignments go '
'to the successor; a guild goes to its eldest other member, or leaves. False where there is no '
'such user. For the service.';

GRANT EXECUTE ON FUNCTION erase_person(uuid, uuid) TO slate_services;
