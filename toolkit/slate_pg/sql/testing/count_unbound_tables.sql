-- How many tables' row security does not bind a role, because it owns them or belongs to their owner. Reads only.
SELECT count(*)
FROM pg_catalog.pg_class AS c
WHERE c.relrowsecurity AND NOT c.relforcerowsecurity AND pg_catalog.pg_has_role(%s, c.relowner, 'USAGE')
