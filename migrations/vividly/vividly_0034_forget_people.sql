-- depends: vividly_0033_sign_what_was_done
-- Why:  whoever is deleted is deleted everywhere: the keys reach what refers to the account, and
--       this what names it. The trail keeps that something happened, to whom by a key that means
--       nothing.
-- Lock: brief on users (new triggers). Rollback loses: nothing; what is forgotten stays so.

CREATE FUNCTION without_names(p_value jsonb, p_names text[], p_instead text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN CASE jsonb_typeof(p_value)
        WHEN 'object' THEN coalesce((
            SELECT jsonb_object_agg(e.key, without_names(e.value, p_names, p_instead))
            FROM jsonb_each(p_value) AS e
        ), '{}')
        WHEN 'array' THEN coalesce((
            SELECT jsonb_agg(without_names(e.value, p_names, p_instead) ORDER BY e.place)
            FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e (value, place)
        ), '[]')
        WHEN 'string' THEN to_jsonb(core.without_names(p_value #>> '{}', p_names, p_instead))
        ELSE CASE WHEN p_value #>> '{}' = ANY (p_names) THEN to_jsonb(p_instead) ELSE p_value END
    END;
END;
$$;

COMMENT ON FUNCTION without_names(jsonb, text[], text) IS
'The document with another word in place of each name in its values: whole words, in any case. '
'Keys stay. Reads only.';

CREATE FUNCTION names_of(p_user users) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT n.name
        FROM unnest(ARRAY[
            p_user.id, p_user.email, p_user.closed_email, p_user.student_id, p_user.first_name,
            p_user.last_name
        ]) AS n (name)
        WHERE n.name ~ '\w'
    );
END;
$$;

COMMENT ON FUNCTION names_of(users) IS
'What a person is called by: id, e-mail, number, first and last name. Reads only.';

CREATE FUNCTION trail_tables() RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT c.oid::regclass
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_class AS p
        ON p.oid = 'audit_logs'::regclass AND p.relnamespace = c.relnamespace
    WHERE c.oid = p.oid OR c.relname LIKE 'audit\_logs\_%' AND EXISTS (
        SELECT 1
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = c.oid AND t.tgname = 'archive_is_read_only'
    );
END;
$$;

COMMENT ON FUNCTION trail_tables() IS 'audit_logs and the months archived from it. Reads only.';

-- SECURITY DEFINER: what names the person goes whoever deletes. BEFORE: the keys do not yet hide
-- which rows these are.
CREATE FUNCTION forget_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_names text[] := names_of(OLD);
    v_table regclass;
BEGIN
    FOR v_table IN SELECT t.* FROM trail_tables() AS t LOOP
        EXECUTE format(
            'UPDATE %s AS l
            SET user_id = NULL, ip_address = NULL, user_agent = NULL,
                metadata = without_names(l.metadata, $2, %L)
            WHERE l.user_id = $1', v_table, 'erased'
        ) USING OLD.id, v_names;
    END LOOP;
    -- An address that has passed to somebody else names them, not the person who goes.
    DELETE FROM student_account_requests AS r
    WHERE r.created_user_id = OLD.id
        OR r.student_id = OLD.student_id AND EXISTS (
            SELECT 1
            FROM organizations AS o
            WHERE o.id = r.school_id AND o.district_id = OLD.district_id
        )
        OR r.email = coalesce(OLD.closed_email, OLD.email) AND NOT EXISTS (
            SELECT 1 FROM users AS u WHERE u.email = OLD.closed_email AND u.id <> OLD.id
        );
    UPDATE bulk_upload_jobs AS j
    SET error_log = without_names(j.error_log, v_names, 'erased')
    FROM organizations AS o
    WHERE o.id = j.school_id AND o.district_id = OLD.district_id AND j.error_log <> '[]'
        AND j.error_log <> without_names(j.error_log, v_names, 'erased');
    RETURN OLD;
END;
$$;

COMMENT ON FUNCTION forget_person() IS
'BEFORE row trigger of users: entries of the trail by the person lose address, agent and names; '
'requests for the account go, and the names in the error logs of uploads of the district.';

CREATE TRIGGER users_are_forgotten
BEFORE DELETE ON users
FOR EACH ROW EXECUTE FUNCTION forget_person();

-- SECURITY DEFINER: as above. Once a statement, since it reads the whole trail.
CREATE FUNCTION forget_in_trail() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
SET "core.maintenance" = 'on'
AS $$
DECLARE
    v_user users;
    v_keys jsonb := (SELECT jsonb_object_agg(g.id, generate_id('erased')) FROM gone AS g);
    v_words text[] := ARRAY(
        SELECT lower(w.word) FROM gone AS g CROSS JOIN unnest(ARRAY[
            g.id, coalesce(g.closed_email, g.email)
        ]) AS w (word)
    );
    -- Of many, the words are compared; of a few, a pattern tells sooner that none is there.
    v_pattern text := CASE WHEN cardinality(v_words) <= 40 THEN (
        SELECT string_agg(regexp_replace(w.word, '(\W)', '\\\1', 'g'), '|')
        FROM unnest(v_words) AS w (word)
    ) ELSE '' END;
    v_table regclass;
    v_id audit_logs.id%TYPE;
    v_at audit_logs.created_at%TYPE;
    v_resource audit_logs.resource_id%TYPE;
    v_metadata audit_logs.metadata%TYPE;
    v_found text[];
BEGIN
    FOR v_table IN SELECT t.* FROM trail_tables() AS t WHERE v_keys IS NOT NULL LOOP
        FOR v_id, v_at, v_resource, v_metadata, v_found IN EXECUTE format(
            'SELECT l.id, l.created_at, l.resource_id, l.metadata,
                array_agg(DISTINCT w.word) AS words
            FROM %s AS l
            CROSS JOIN LATERAL (
                SELECT lower(l.resource_id) AS word
                UNION ALL
                SELECT lower(btrim(s.word, %L))
                FROM regexp_split_to_table(l.metadata::text, %L) AS s (word)
                WHERE l.metadata <> %L AND l.metadata::text ~* $2
            ) AS w
            INNER JOIN unnest($1) AS g (word) ON g.word = w.word
            GROUP BY l.id, l.created_at, l.resource_id, l.metadata',
            v_table, '.', '[][\s",:;{}()<>\\]+', '{}'
        ) USING v_words, v_pattern
        LOOP
            FOR v_user IN
                SELECT g.* FROM gone AS g
                WHERE lower(g.id) = ANY (v_found)
                    OR coalesce(g.closed_email, g.email) = ANY (v_found)
            LOOP
                v_metadata := without_names(v_metadata, names_of(v_user), v_keys ->> v_user.id);
                IF v_resource = v_user.id THEN
                    v_resource := v_keys ->> v_user.id;
                END IF;
            END LOOP;
            EXECUTE format(
                'UPDATE %s AS l SET resource_id = $1, metadata = $2
                WHERE l.id = $3 AND l.created_at = $4', v_table
            ) USING v_resource, v_metadata, v_id, v_at;
        END LOOP;
    END LOOP;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION forget_in_trail() IS
'AFTER statement trigger of users: puts one key without meaning for each deleted person in place '
'of the id in the trail and its archives, and of the names in entries about the person.';

CREATE TRIGGER users_are_forgotten_in_the_trail
AFTER DELETE ON users
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION forget_in_trail();
