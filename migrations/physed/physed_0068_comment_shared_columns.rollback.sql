DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IN (
                'The number of the row, given by the database in order.',
                'When the row was written, by the clock of its transaction; UTC inside.',
                'When the row last changed; kept by the database.',
                'Whom the row is about; the rows go with the student.',
                'The activity of the catalogue that it is about.',
                'The class that it belongs to.',
                'The account that it belongs to; the rows go with the account.',
                'The assistant it concerns; NULL for none, or after it is gone.',
                'Who inspected: by default who writes. NULL after the account is gone.',
                'Free text.',
                'Free text; not blank.',
                'When the report was computed; all rows at once.',
                'JSON object; its keys are those of the application.'
            )
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS NULL', v_column.relation, v_column.attname);
    END LOOP;
END;
$$;
