-- depends: vividly_0004_identify_caller
-- Why:  Vividly's own staff sees every row, and nobody else may pay for it with an index.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy still uses a
--       function.

-- Staff sees all rows. "USING (is_staff())" would say so, and would take the index from everybody
-- else's policies, since an OR with an arm without an index is a scan of the table. "org_id between
-- from and to" says the same with the index: to NULLs for strangers, to the whole range for staff.
-- SECURITY DEFINER here and below: the answer decides what the caller may see, so it cannot depend
-- on it.
CREATE FUNCTION staff_from() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT ''
        FROM users AS u
        WHERE u.id = claimed_user_id() AND u.role IN ('vividly_admin', 'vividly_ops')
            AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION staff_from() IS
'The empty string for vividly_admin and vividly_ops, who see every organization; NULL for others. '
'Reads only.';

CREATE FUNCTION staff_to() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- The greatest id, not a greatest character: which that is depends on the collation.
    RETURN (SELECT max(o.id) FROM organizations AS o WHERE staff_from() IS NOT NULL);
END;
$$;

COMMENT ON FUNCTION staff_to() IS
'The greatest organizations.id for staff, NULL for others. Reads only.';

-- The same for the large tables, over a column that is compared in a moment and indexed anyway:
-- from here to 'infinity', or to the greatest integer.
CREATE FUNCTION staff_from_time() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN CASE WHEN staff_from() IS NOT NULL THEN '-infinity' END;
END;
$$;

COMMENT ON FUNCTION staff_from_time() IS
'The beginning of time for staff, NULL for others. Reads only.';

CREATE FUNCTION staff_from_number() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN CASE WHEN staff_from() IS NOT NULL THEN -2147483648 END;
END;
$$;

COMMENT ON FUNCTION staff_from_number() IS
'The least integer for staff, NULL for others. Reads only.';

CREATE FUNCTION may_read_audit() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1
        FROM users AS u
        WHERE u.id = claimed_user_id() AND u.role = 'vividly_admin'
            AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION may_read_audit() IS 'True for vividly_admin alone. Reads only.';

CREATE FUNCTION is_person(p_table regclass) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN row_security_active(p_table) AND pg_has_role('authenticated_users', 'USAGE');
END;
$$;

COMMENT ON FUNCTION is_person(regclass) IS
'True when the caller acts under the policies of people, false for services, readers and owners. '
'Reads only.';

GRANT EXECUTE ON FUNCTION is_person(regclass)
TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION staff_from() TO authenticated_users;
GRANT EXECUTE ON FUNCTION staff_to() TO authenticated_users;
GRANT EXECUTE ON FUNCTION staff_from_time() TO authenticated_users;
GRANT EXECUTE ON FUNCTION staff_from_number() TO authenticated_users;
GRANT EXECUTE ON FUNCTION may_read_audit() TO authenticated_users;
