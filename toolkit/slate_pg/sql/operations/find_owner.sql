-- Who owns most tables of a schema, the ledger's left out; else the schema's owner. pg_database_owner, who owns an empty
-- public schema, is the database's. Reads only.
SELECT pg_get_userbyid(CASE WHEN pg_get_userbyid(owner) = 'pg_database_owner' THEN d.datdba ELSE owner END) FROM (
    SELECT c.relowner AS owner, 1 AS rank FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p')
        AND c.relname !~ '^(_yoyo_|_slate_|yoyo_lock$)'
    UNION ALL SELECT n.nspowner, 2 FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
) AS o
CROSS JOIN (SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()) AS d
GROUP BY owner, rank, d.datdba ORDER BY rank, count(*) DESC LIMIT 1
