-- How a table is partitioned: r, l or h, by how many columns, and what by, as SQL has it. Reads only.
SELECT
    p.partstrat,
    p.partnatts,
    regexp_replace(pg_catalog.pg_get_partkeydef(p.partrelid), '^\w+ \((.*)\)$', '\1')
FROM pg_catalog.pg_partitioned_table AS p
WHERE p.partrelid = %(table)s
