DO $$
DECLARE
    v_moment record;
BEGIN
    FOR v_moment IN
        SELECT k.conrelid::regclass AS relation, k.conname
        FROM pg_catalog.pg_constraint AS k
        INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
        INNER JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum]
        WHERE k.connamespace = quote_ident(current_schema())::regnamespace AND k.contype = 'c'
            AND k.conname = c.relname || '_' || a.attname || '_finite_check'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_moment.relation, v_moment.conname);
    END LOOP;
END;
$$;
