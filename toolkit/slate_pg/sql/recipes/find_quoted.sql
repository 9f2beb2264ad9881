-- A name as this server's SQL takes it: quoted where it must be. Reads only.
SELECT pg_catalog.quote_ident(%(name)s)
