-- Indexes of a table: name, key columns ('' for an expression), unique, primary, whether it is a plain btree over all rows,
-- valid, the constraint it stands for ('' for none), columns of INCLUDE, whether that constraint can be deferred. Reads only.
SELECT
    c.relname,
    ARRAY(
        SELECT coalesce(a.attname, '')
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
        WHERE k.place <= i.indnkeyatts
        ORDER BY k.place
    )::text[],
    i.indisunique,
    i.indisprimary,
    m.amname = 'btree' AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts
        AND c.reloptions IS NULL AND NOT EXISTS (SELECT FROM unnest(i.indoption::int2[]) AS o (bits) WHERE o.bits <> 0)
        AND NOT EXISTS (
            SELECT FROM unnest(i.indclass::oid[]) AS o (oid)
            INNER JOIN pg_catalog.pg_opclass AS p ON p.oid = o.oid
            WHERE NOT p.opcdefault
        ),
    i.indisvalid,
    coalesce(k.conname, ''),
    coalesce(k.condeferrable, FALSE)
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = %(table)s
ORDER BY i.indisprimary DESC, c.relname
