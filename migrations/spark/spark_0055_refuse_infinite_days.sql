-- depends: spark_0054_erase_people
-- Why:  'infinity' is no date: a client that cannot read it loses the whole result in which one row
--       has it. What people write is refused where its table is made; this is the rest.
-- Lock: ACCESS EXCLUSIVE on each table concerned while its rows are read. Rollback loses: nothing.

DO $$
DECLARE
    v_moment record;
BEGIN
    FOR v_moment IN
        SELECT c.oid::regclass AS relation, c.relname, a.attname
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname <> '_slate_ledger'  -- of the tool, not of the product
            AND a.attnum > 0 AND NOT a.attisdropped
            AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype)
            AND NOT EXISTS (
                SELECT 1
                FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.contype = 'c' AND strpos(
                    pg_catalog.pg_get_constraintdef(k.oid), 'isfinite(' || a.attname || ')'
                ) > 0
            )
        ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format(
            'ALTER TABLE %s ADD CONSTRAINT %I CHECK (isfinite(%I))',
            v_moment.relation, v_moment.relname || '_' || v_moment.attname || '_finite_check',
            v_moment.attname
        );
    END LOOP;
END;
$$;
