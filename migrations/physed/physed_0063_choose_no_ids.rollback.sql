DO $$
DECLARE
    v_grant record;
BEGIN
    FOR v_grant IN
        SELECT DISTINCT c.oid::regclass AS relation, p.privilege_type AS verb
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'created_at'
        CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS p
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND p.grantee = 'authenticated_users'::regrole
            AND p.privilege_type IN ('INSERT', 'UPDATE')
    LOOP
        EXECUTE format(
            'REVOKE %s ON %s FROM authenticated_users', v_grant.verb, v_grant.relation
        );
        EXECUTE format('GRANT %s ON %s TO authenticated_users', v_grant.verb, v_grant.relation);
    END LOOP;
END;
$$;
