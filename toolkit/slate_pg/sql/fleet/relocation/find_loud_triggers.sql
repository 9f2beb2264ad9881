-- The triggers of these tables that fire on rows which replication brings, ours left out: schema and name of the table, the
-- trigger, and how it is enabled (A always, R for replicas only). Reads only.
SELECT n.nspname, c.relname, t.tgname, t.tgenabled::text
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') AND t.tgname <> '_slate_read_only'
    AND (n.nspname::text, c.relname::text) IN (
        SELECT s.one ->> 0, s.one ->> 1 FROM jsonb_array_elements(%(tables)s::jsonb) AS s (one)
    )
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C"
