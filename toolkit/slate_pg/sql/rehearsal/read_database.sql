-- The database: name, owner, encoding. Reads only.
SELECT d.datname, pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding)
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database()
