-- depends: physed_0067_comment_columns_from_m
-- Why:  who reads a column's name in a client sees its comment beside it: unit, range, what NULL
--       means. What is the same in every table is said once here.
-- Lock: SHARE UPDATE EXCLUSIVE on each table, briefly. Rollback loses: the comments.

DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT c.oid::regclass AS relation, a.attname, s.says
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
        INNER JOIN (VALUES
        ('id', 'The number of the row, given by the database in order.'),
        ('created_at', 'When the row was written, by the clock of its transaction; UTC inside.'),
        ('updated_at', 'When the row last changed; kept by the database.'),
        ('student_id', 'Whom the row is about; the rows go with the student.'),
        ('activity_id', 'The activity of the catalogue that it is about.'),
        ('class_id', 'The class that it belongs to.'),
        ('user_id', 'The account that it belongs to; the rows go with the account.'),
        ('assistant_profile_id', 'The assistant it concerns; NULL for none, or after it is gone.'),
        ('inspector_id', 'Who inspected: by default who writes. NULL after the account is gone.'),
        ('notes', 'Free text.'),
        ('description', 'Free text; not blank.'),
        ('refreshed_at', 'When the report was computed; all rows at once.'),
        ('metadata', 'JSON object; its keys are those of the application.')
        ) AS s (attname, says) ON s.attname = a.attname
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
            AND c.relname <> '_slate_ledger'  -- of the tool, not of the product
            AND a.attnum > 0 AND NOT a.attisdropped
            AND col_description(c.oid, a.attnum) IS NULL
        ORDER BY c.relname, a.attnum
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN %s.%I IS %L', v_column.relation, v_column.attname, v_column.says
        );
    END LOOP;
END;
$$;
