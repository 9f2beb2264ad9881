-- Counts the rows of which a value cannot be worked out, one after another, and keeps the first keys. Reads only.
DECLARE
    r record;
    bad bigint := 0;
    kept text[] := '{{}}';
BEGIN
    FOR r IN EXECUTE {every} LOOP
        BEGIN
            EXECUTE {single} USING r.o, r.c;
        EXCEPTION
            WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
                bad := bad + 1;
                IF cardinality(kept) < {shown} THEN
                    kept := kept || r.k;
                END IF;
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('slate.probe', json_build_object('rows', bad, 'keys', kept)::text, true);
END
