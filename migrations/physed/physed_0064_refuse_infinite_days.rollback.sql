DO $$
DECLARE
    v_moment record;
BEGIN
    FOR v_moment IN
        SELECT k.conrelid::regclass AS relation, k.conname
        FROM pg_catalog.pg_constraint AS k
        WHERE k.connamespace = quote_ident(current_schema())::regnamespace
            AND k.contype = 'c' AND k.conname LIKE '%\_finite\_check' AND k.conparentid = 0
            AND pg_catalog.pg_get_constraintdef(k.oid) LIKE 'CHECK (isfinite(%'
            AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = k.conrelid
            )
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_moment.relation, v_moment.conname);
    END LOOP;
END;
$$;
