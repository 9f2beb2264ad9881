-- What objects of these schemas lean on that lies in none of them: the schema, the object leant on, and the one that
-- leans. Extensions, languages and what PostgreSQL came with left out; so is what `named` says is the installation's
-- own, by schema and name, and what goes with one of those: a table's indexes, which foreign keys lean on, and its
-- sequences, a type's array. Reads only.
WITH own AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(schemas)s)
),

leaning AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend AS d
    WHERE d.deptype IN ('n', 'a') AND d.refobjid >= 16384
        AND d.refclassid = ANY(ARRAY[
            'pg_catalog.pg_class', 'pg_catalog.pg_proc', 'pg_catalog.pg_type', 'pg_catalog.pg_operator',
            'pg_catalog.pg_collation', 'pg_catalog.pg_ts_config', 'pg_catalog.pg_ts_dict', 'pg_catalog.pg_opclass',
            'pg_catalog.pg_opfamily', 'pg_catalog.pg_conversion'
        ]::regclass [])
        AND CASE d.refclassid
            WHEN 'pg_catalog.pg_class'::regclass THEN (
                SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = d.refobjid
            )
            WHEN 'pg_catalog.pg_type'::regclass THEN (
                SELECT t.typnamespace FROM pg_catalog.pg_type AS t WHERE t.oid = d.refobjid
            )
            WHEN 'pg_catalog.pg_proc'::regclass THEN (
                SELECT p.pronamespace FROM pg_catalog.pg_proc AS p WHERE p.oid = d.refobjid
            )
            ELSE 0
        END NOT IN (SELECT w.oid FROM own AS w)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS e
            WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
        )
)

SELECT DISTINCT r.type, r.object_names, o.identity
FROM leaning AS l
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(l.classid, l.objid, 0) AS a
CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classid, l.objid, 0) AS o
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(l.refclassid, l.refobjid, 0) AS r
LEFT JOIN pg_catalog.pg_type AS y ON l.classid = 'pg_catalog.pg_type'::regclass AND y.oid = l.objid
LEFT JOIN pg_catalog.pg_type AS z ON l.refclassid = 'pg_catalog.pg_type'::regclass AND z.oid = l.refobjid
WHERE (a.object_names[1] IN (SELECT w.nspname FROM own AS w) OR y.typnamespace IN (SELECT w.oid FROM own AS w))
    AND a.type NOT IN ('schema', 'extension', 'publication', 'server', 'event trigger', 'large object', 'role')
    AND r.object_names[1] NOT IN (SELECT w.nspname FROM own AS w)
    AND (z.oid IS NULL OR z.typnamespace NOT IN (SELECT w.oid FROM own AS w))
    AND array_to_string(r.object_names, '.') <> ALL(%(named)s)
    AND NOT EXISTS (
        SELECT
        FROM (
            SELECT t.relnamespace AS place, t.relname AS name
            FROM pg_catalog.pg_index AS i
            INNER JOIN pg_catalog.pg_class AS t ON i.indrelid = t.oid
            WHERE l.refclassid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = l.refobjid
            UNION ALL
            SELECT t.relnamespace, t.relname
            FROM pg_catalog.pg_depend AS e
            INNER JOIN pg_catalog.pg_class AS t ON e.refobjid = t.oid
            WHERE l.refclassid = 'pg_catalog.pg_class'::regclass
                AND e.classid = l.refclassid
                AND e.objid = l.refobjid
                AND e.refclassid = l.refclassid
                AND e.deptype IN ('a', 'i')
            UNION ALL
            SELECT t.typnamespace, t.typname FROM pg_catalog.pg_type AS t WHERE z.typelem = t.oid
        ) AS whole
        INNER JOIN pg_catalog.pg_namespace AS n ON whole.place = n.oid
        WHERE n.nspname || '.' || whole.name = ANY(%(named)s)
    )
ORDER BY 1, 2, 3
