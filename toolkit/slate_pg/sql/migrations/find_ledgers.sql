-- Every schema of the database that carries a ledger, and whether it is one of ours or stock yoyo's. Reads only.
SELECT n.nspname, bool_or(c.relname = '_slate_migration')
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname IN ('_yoyo_migration', '_slate_migration') AND c.relkind = 'r'
GROUP BY n.nspname
HAVING bool_or(c.relname = '_yoyo_migration')
