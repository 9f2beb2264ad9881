-- Functions and procedures, the server's own left out, whose text may set something of the session. Reads only.
SELECT p.proname
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND p.prosrc ~* 'set_config|advisory\w*lock|\mtemp(orary)?\M|pg_temp|\mset\s+(session|role)\M|\mprepare\M|\mlisten\M'
