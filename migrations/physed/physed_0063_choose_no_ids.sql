-- depends: physed_0062_prepare_months
-- Why:  ids are given in order. Who may choose one is told by a refusal which ids are taken, and so
--       how many records of others there are: people write every column but the id.
-- Lock: brief on every table that people write. Rollback loses: nothing; people may choose ids.

DO $$
DECLARE
    v_grant record;
BEGIN
    FOR v_grant IN
        SELECT
            c.oid::regclass AS relation,
            p.privilege_type AS verb,
            (
                SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND a.attname <> 'id'
            ) AS written
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS p
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND p.grantee = 'authenticated_users'::regrole
            AND p.privilege_type IN ('INSERT', 'UPDATE')
            AND EXISTS (
                SELECT 1
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attname = 'id'
            )
        ORDER BY c.relname, p.privilege_type
    LOOP
        EXECUTE format(
            'REVOKE %s ON %s FROM authenticated_users', v_grant.verb, v_grant.relation
        );
        EXECUTE format(
            'GRANT %s (%s) ON %s TO authenticated_users',
            v_grant.verb, v_grant.written, v_grant.relation
        );
    END LOOP;
END;
$$;
