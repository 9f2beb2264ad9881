-- The tables at both ends of foreign keys of a name. Reads only.
SELECT k.conrelid, k.confrelid
FROM pg_catalog.pg_constraint AS k
WHERE k.conname = %(name)s AND k.contype = 'f' AND k.conparentid = 0
