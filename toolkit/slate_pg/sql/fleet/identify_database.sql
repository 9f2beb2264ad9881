-- What tells a database of a running server from every other, with no right that not everybody has. Reads only.
SELECT pg_catalog.pg_postmaster_start_time()::text, d.oid::text
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
