-- depends: spark_0001_open_schema
-- Why:  every policy asks who calls. The server tries policies in the reverse order of their names
--       (15 and 18), hence admins_… < carers_… < class_teachers_… < guardians_… < people_… and
--       students_…: the cheapest question comes first, and where it is answered the others are not
--       asked. PL/pgSQL finds the tables at the first call: they come in the next files.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy uses a function.

-- Without settings of its own, so that it is written into the plan of the query that asks.
CREATE FUNCTION claimed_user_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

COMMENT ON FUNCTION claimed_user_id() IS
'What app.user_id says, whoever that is: only for queries that look the account up themselves. '
'NULL when unset, 22P02 when malformed. Reads only.';

-- SECURITY DEFINER here and below: the answer decides what the caller may see, so it cannot depend
-- on it.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_id uuid;
BEGIN
    -- INTO costs half of RETURN (SELECT …), and every statement of a person asks.
    SELECT u.id INTO v_id FROM users AS u WHERE u.id = claimed_user_id() AND u.is_active;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION current_user_id() IS
'users.id of the person the service acts for: SET LOCAL app.user_id. NULL when unset, unknown or '
'deactivated, and then no row is visible and none can be written; 22P02 when malformed. Reads '
'only.';

CREATE FUNCTION my_role() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (SELECT u.role::text FROM users AS u WHERE u.id = claimed_user_id() AND u.is_active);
END;
$$;

COMMENT ON FUNCTION my_role() IS
'users.role of the caller; NULL for nobody and for a deactivated account. Reads only.';

CREATE FUNCTION my_own_school_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (SELECT u.school_id FROM users AS u WHERE u.id = claimed_user_id() AND u.is_active);
END;
$$;

COMMENT ON FUNCTION my_own_school_id() IS
'The school the caller belongs to, in whatever role. Reads only.';

CREATE FUNCTION my_school_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT u.school_id
        FROM users AS u
        WHERE u.id = claimed_user_id()
            AND u.role = 'ADMIN'
            AND u.is_active
            AND u.school_id IS NOT NULL
    );
END;
$$;

COMMENT ON FUNCTION my_school_ids() IS
'The school an ADMIN runs. Empty for everybody else, and for an ADMIN without a school: the '
'platform''s own staff works through the service''s role. Reads only.';

-- As the caller: it asks whose rights the statement has.
CREATE FUNCTION acts_as_person() RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN row_security_active('users') AND pg_has_role('authenticated_users', 'USAGE');
END;
$$;

COMMENT ON FUNCTION acts_as_person() IS
'Whether policies of people decide for the caller; false for services, the owner and superusers. '
'Reads only.';

CREATE FUNCTION refuse_hidden_row() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'new row violates row-level security policy for table "%"', TG_ARGV[0]
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_ARGV[0];
END;
$$;

COMMENT ON FUNCTION refuse_hidden_row() IS
'BEFORE INSERT row trigger of people whose row the policy is going to refuse: says so before a '
'rule that knows more than they do speaks. Argument: the table''s logical name.';

GRANT EXECUTE ON FUNCTION
current_user_id(), my_role(), my_own_school_id(), my_school_ids(), acts_as_person()
TO authenticated_users, slate_services;

GRANT EXECUTE ON FUNCTION current_user_id(), acts_as_person() TO slate_readers;

GRANT EXECUTE ON FUNCTION claimed_user_id() TO authenticated_users;
