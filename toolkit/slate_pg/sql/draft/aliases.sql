-- Parts of an object under the object that they are of: row types, arrays, defaults, the rule of a view. Reads only.
SELECT 'pg_catalog.pg_type'::regclass::oid AS class, t.oid AS object, 'pg_catalog.pg_class'::regclass::oid AS of_class,
    t.typrelid AS of_object, 0 AS of_sub
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE t.oid >= 16384 AND c.relkind <> 'c'
UNION ALL
SELECT 'pg_catalog.pg_class'::regclass, c.oid, 'pg_catalog.pg_type'::regclass, c.reltype, 0
FROM pg_catalog.pg_class AS c
WHERE c.oid >= 16384 AND c.relkind = 'c'
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass, t.typarray, 'pg_catalog.pg_type'::regclass, t.oid, 0
FROM pg_catalog.pg_type AS t
WHERE t.oid >= 16384 AND t.typarray <> 0
UNION ALL
SELECT 'pg_catalog.pg_type'::regclass, r.rngmultitypid, 'pg_catalog.pg_type'::regclass, r.rngtypid, 0
FROM pg_catalog.pg_range AS r
WHERE r.rngtypid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid, 'pg_catalog.pg_class'::regclass, d.adrelid,
    CASE WHEN a.attgenerated = '' THEN -d.adnum ELSE d.adnum END -- below nothing: the default of that column
FROM pg_catalog.pg_attrdef AS d
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
UNION ALL
SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid, 'pg_catalog.pg_class'::regclass, r.ev_class, 0
FROM pg_catalog.pg_rewrite AS r
WHERE r.rulename = '_RETURN' AND r.oid >= 16384
UNION ALL
SELECT m.class, m.oid, coalesce(d.refclassid, 'pg_catalog.pg_opfamily'::regclass), coalesce(d.refobjid, m.family), 0
FROM (
    SELECT 'pg_catalog.pg_amop'::regclass::oid AS class, a.oid, a.amopfamily AS family
    FROM pg_catalog.pg_amop AS a
    UNION ALL
    SELECT 'pg_catalog.pg_amproc'::regclass, a.oid, a.amprocfamily
    FROM pg_catalog.pg_amproc AS a
) AS m
LEFT JOIN pg_catalog.pg_depend AS d -- that of an operator class goes with it
    ON d.classid = m.class AND d.objid = m.oid AND d.refclassid = 'pg_catalog.pg_opclass'::regclass AND d.deptype = 'i'
WHERE m.oid >= 16384
UNION ALL
SELECT d.classid, d.objid, d.refclassid, d.refobjid, 0
FROM pg_catalog.pg_depend AS d
WHERE d.deptype = 'e' AND d.classid <> 'pg_catalog.pg_amop'::regclass AND d.classid <> 'pg_catalog.pg_amproc'::regclass
