-- Tables and views by name, of one schema or of all that are somebody's, with what decides who is bound by their
-- policies, for one role; the primary key's columns in its order. Reads only.
SELECT
    c.oid::bigint,
    n.nspname::text,
    c.relname::text,
    c.relkind::text,
    c.relrowsecurity,
    c.relforcerowsecurity,
    pg_catalog.pg_get_userbyid(c.relowner)::text,
    pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE'),
    r.rolsuper,
    r.rolbypassrls,
    pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'),
    pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT'),
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
        ORDER BY a.attnum
    ),
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey::smallint []) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number
        WHERE i.indrelid = c.oid AND i.indisprimary AND u.place <= i.indnkeyatts
        ORDER BY u.place
    ),
    (SELECT p.inhparent::regclass::text FROM pg_catalog.pg_inherits AS p WHERE p.inhrelid = c.oid AND c.relispartition),
    coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], FALSE),
    ARRAY(
        SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
        FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS a
        WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE'))
        UNION
        SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
        FROM pg_catalog.pg_attribute AS t
        CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a
        WHERE t.attrelid = c.oid AND a.privilege_type = 'SELECT'
            AND (a.grantee = 0 OR pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE'))
        ORDER BY 1
    ),
    EXISTS (
        SELECT FROM pg_catalog.pg_proc AS f
        WHERE f.pronamespace = n.oid AND f.proname = 'current_user_id' AND f.pronargs = 0
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_roles AS r ON r.rolname = %(role)s
WHERE c.relname = %(table)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN %(schema)s::text IS NULL THEN n.nspname !~ '^(pg_|information_schema$)' ELSE n.nspname = %(schema)s END
ORDER BY n.nspname
