-- How an object that is known by its address is called where it is dropped. Reads only.
SELECT i.identity
FROM pg_catalog.pg_get_object_address(%(type)s, %(names)s, %(args)s) AS a
CROSS JOIN LATERAL pg_catalog.pg_identify_object(a.classid, a.objid, a.objsubid) AS i
