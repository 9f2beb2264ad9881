-- Whether a sequence has been used; NULL where that may not be read. Reads only.
SELECT s.last_value IS NOT NULL
FROM pg_catalog.pg_sequences AS s
WHERE s.schemaname = %(schema)s AND s.sequencename = %(name)s
    AND has_sequence_privilege(format('%%I.%%I', s.schemaname, s.sequencename), 'SELECT, USAGE')
