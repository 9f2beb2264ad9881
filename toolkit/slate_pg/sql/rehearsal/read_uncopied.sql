-- What a copy leaves out: it needs a superuser, another server, or nothing of it bears on a rehearsal. Reads only.
SELECT format('foreign table %s', c.oid::regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relkind = 'f'
UNION ALL
SELECT format('event trigger %I', e.evtname)
FROM pg_catalog.pg_event_trigger AS e
UNION ALL
SELECT format('publication %I', p.pubname)
FROM pg_catalog.pg_publication AS p
UNION ALL
SELECT format('operator class %I', o.opcname)
FROM pg_catalog.pg_opclass AS o
WHERE o.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_opclass'::regclass AND d.objid = o.oid AND d.deptype = 'e'
)
UNION ALL
SELECT format('server %I', s.srvname)
FROM pg_catalog.pg_foreign_server AS s
UNION ALL
SELECT format('base type %s', format_type(t.oid, NULL))
FROM pg_catalog.pg_type AS t
WHERE t.oid >= 16384 AND t.typtype = 'b' AND t.typelem = 0 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
)
