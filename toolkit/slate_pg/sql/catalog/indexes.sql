-- Indexes; one of a partition that belongs to a parent's index is told by that index and its table. Reads only.
SELECT
    'index' AS kind,
    coalesce(pn.nspname, n.nspname) AS schema,
    coalesce(p.relname, c.relname) AS name,
    CASE WHEN p.oid IS NOT NULL THEN t.relkind END AS on_kind,
    n.nspname AS on_schema,
    t.relname AS on_name,
    i.indrelid::bigint AS unit, -- unit
    i.indrelid::regclass AS table,
    CASE WHEN p.oid IS NOT NULL THEN c.relname END AS name,
    pg_get_userbyid(c.relowner) AS owner,
    substr(
        d.definition,
        strpos(d.definition, i.indrelid::regclass || ' USING ') + length(i.indrelid::regclass::text) + 1
    ) AS definition,
    i.indisunique AS unique,
    i.indisprimary AS primary,
    i.indimmediate AS immediate,
    i.indisclustered AS clustered,
    i.indisreplident AS replica_identity,
    i.indisvalid AS valid,
    i.indisready AND i.indislive AS ready,
    c.relpersistence AS persistence,
    CASE WHEN c.reloptions IS NOT NULL THEN ARRAY(SELECT o FROM unnest(c.reloptions) AS o ORDER BY o) END AS options,
    ts.spcname AS tablespace,
    CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
        SELECT a.attname || ': ' || a.attstattarget
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0
        ORDER BY a.attnum
    ) END AS statistics
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_inherits AS parent ON parent.inhrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_class AS p ON p.oid = parent.inhparent
LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL pg_get_indexdef(i.indexrelid) AS d (definition)
WHERE c.relnamespace = ANY(%(schemas)s) AND i.indrelid <> ALL(%(left_out)s)
    AND i.indrelid = ANY(%(relations)s::oid []) -- only
