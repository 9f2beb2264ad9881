-- why: the next number is one that a row has already, so an insert fails, and the next one too
-- Sequences of columns that lead a unique index; a sequence that cycles comes back by design. The largest value comes
-- from that index. ts_stat() reads it, the one function of every build that runs a query it is given.
WITH owned AS (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS attnum
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_catalog.pg_attrdef AS f
    INNER JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
), candidates AS (
    SELECT DISTINCT
        q.seqrelid, q.seqincrement, q.seqmin, q.seqmax, c.oid, a.attname
    FROM owned AS o
    INNER JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = o.sequence
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = o.relation AND c.relkind IN ('r', 'p')
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = o.attnum
        AND a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
    WHERE c.relnamespace = ANY(:schemas::regnamespace []) AND NOT q.seqcycle AND NOT starts_with(c.relname, '_slate_')
        AND has_column_privilege(c.oid, a.attnum, 'SELECT')
        AND has_sequence_privilege(q.seqrelid, 'SELECT')
        AND has_schema_privilege(c.relnamespace, 'USAGE')
        AND EXISTS (
            SELECT FROM pg_catalog.pg_index AS x
            WHERE x.indrelid = c.oid AND x.indisunique AND x.indkey[0] = a.attnum AND x.indpred IS NULL
        )
), measured AS (
    SELECT
        s.*,
        (
            SELECT t.word::numeric
            FROM ts_stat(format(
                'SELECT array_to_tsvector(ARRAY[(last_value + CASE WHEN is_called THEN %s ELSE 0 END::numeric)::text])'
                ' FROM %s', s.seqincrement, s.seqrelid::regclass
            )) AS t
        ) AS next,
        (
            SELECT nullif(t.word, 'none')::numeric
            FROM ts_stat(format(
                'SELECT array_to_tsvector(ARRAY[coalesce(%s(%I)::text, ''none'')]) FROM %s',
                CASE WHEN s.seqincrement > 0 THEN 'max' ELSE 'min' END, s.attname, s.oid::regclass
            )) AS t
        ) AS furthest
    FROM candidates AS s
)
SELECT
    m.seqrelid::regclass::text,
    format('its next number is %s, and %s.%I has %s', m.next, m.oid::regclass, m.attname, m.furthest),
    CASE
        WHEN m.furthest BETWEEN m.seqmin AND m.seqmax
            THEN format('SELECT setval(%L, %s);', m.seqrelid::regclass, m.furthest)
        ELSE format('ALTER SEQUENCE %s NO MINVALUE NO MAXVALUE AS bigint;  -- then setval', m.seqrelid::regclass)
    END
FROM measured AS m
WHERE CASE WHEN m.seqincrement > 0 THEN m.next <= m.furthest ELSE m.next >= m.furthest END
