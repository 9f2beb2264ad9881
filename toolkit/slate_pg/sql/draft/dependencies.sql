-- What needs what, of all that was made after the server. Reads only.
SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
FROM pg_catalog.pg_depend AS d
WHERE d.objid >= 16384 AND d.refobjid >= 16384
