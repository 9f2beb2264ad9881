-- Operators, operator classes and families with their members. Reads only.
SELECT
    'operator' AS kind,
    n.nspname AS schema,
    o.oprname AS name,
    -- What regoperator prints in parentheses, after the name.
    left(substr(o.oid::regoperator::text, length(quote_ident(n.nspname) || o.oprname) + 3), -1) AS arguments,
    json_build_object(
        'owner', pg_get_userbyid(o.oprowner),
        'function', o.oprcode,
        'result', o.oprresult::regtype,
        'commutator', nullif(o.oprcom, 0)::regoperator,
        'negator', nullif(o.oprnegate, 0)::regoperator,
        'restrict', o.oprrest,
        'join', o.oprjoin,
        'hashes', o.oprcanhash,
        'merges', o.oprcanmerge
    )
FROM pg_catalog.pg_operator AS o
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oprnamespace = ANY(%(schemas)s) AND o.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'operator class',
    n.nspname,
    c.opcname,
    am.amname,
    json_build_object(
        'owner', pg_get_userbyid(c.opcowner),
        'family', f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname),
        'type', c.opcintype::regtype,
        'stored', nullif(c.opckeytype, 0)::regtype,
        'default', c.opcdefault
    )
FROM pg_catalog.pg_opclass AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.opcnamespace
INNER JOIN pg_catalog.pg_am AS am ON am.oid = c.opcmethod
INNER JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily
WHERE c.opcnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'operator family',
    n.nspname,
    f.opfname,
    am.amname,
    json_build_object(
        'owner', pg_get_userbyid(f.opfowner),
        'operators', ARRAY(
            SELECT o.amopstrategy || ' ' || o.amopopr::regoperator || ' ' || o.amoppurpose::text
            FROM pg_catalog.pg_amop AS o
            WHERE o.amopfamily = f.oid
            ORDER BY 1
        ),
        'functions', ARRAY(
            SELECT p.amprocnum || ' ' || p.amproc || ' (' || p.amproclefttype::regtype || ', ' || p.amprocrighttype::regtype || ')'
            FROM pg_catalog.pg_amproc AS p
            WHERE p.amprocfamily = f.oid
            ORDER BY 1
        )
    )
FROM pg_catalog.pg_opfamily AS f
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
INNER JOIN pg_catalog.pg_am AS am ON am.oid = f.opfmethod
WHERE f.opfnamespace = ANY(%(schemas)s) AND f.oid <> ALL(%(left_out)s)
