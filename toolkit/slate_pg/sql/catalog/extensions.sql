-- Extensions, and of each member function a digest of what could have been altered in it. Reads only.
SELECT
    'extension' AS kind,
    NULL AS schema,
    e.extname AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    json_build_object(
        'version', e.extversion,
        'schema', e.extnamespace::regnamespace,
        'owner', pg_get_userbyid(e.extowner),
        'relocatable', e.extrelocatable,
        'configuration_tables', ARRAY(SELECT c.oid::regclass FROM unnest(e.extconfig) AS c (oid))
    )
FROM pg_catalog.pg_extension AS e
UNION ALL
SELECT
    'member function',
    n.nspname,
    p.proname,
    -- What regprocedure prints in parentheses, after the name; it does not name pg_catalog.
    left(substr(
        p.oid::regprocedure::text,
        length(quote_ident(p.proname)) + 2
        + CASE WHEN n.nspname = 'pg_catalog' THEN 0 ELSE length(quote_ident(n.nspname)) + 1 END
    ), -1),
    'extension',
    NULL,
    e.extname,
    json_build_object(
        'body', md5(concat_ws(' ', p.prosrc, p.probin)),
        'volatility', p.provolatile,
        'security_definer', p.prosecdef,
        'strict', p.proisstrict,
        'leakproof', p.proleakproof,
        'parallel', p.proparallel,
        'cost', p.procost,
        'config', p.proconfig,
        'privileges', ARRAY(
            SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' WHEN g.grantee = p.proowner THEN 'its owner' ELSE pg_get_userbyid(g.grantee)::text END
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
            ORDER BY 1
        )
    )
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_depend AS d
    ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    AND d.classid = 'pg_catalog.pg_proc'::regclass
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
