-- Some objects and all that depends on them, by what they mention, directly or by way of others. Reads only.
WITH RECURSIVE hit (classid, objid) AS (
    SELECT o.class::regclass::oid, o.objid
    FROM unnest(%(classes)s::text [], %(objects)s::oid []) AS o (class, objid)
    UNION
    SELECT d.classid, d.objid
    FROM hit AS h
    INNER JOIN pg_catalog.pg_depend AS d ON d.refclassid = h.classid AND d.refobjid = h.objid
)

SELECT h.classid::regclass::text, h.objid::bigint FROM hit AS h
