-- depends: core_0001_open_schemas
-- Why:  a clock column that callers maintain is wrong the first time one forgets (every document
--       has one).
-- Lock: none, only new objects. Rollback loses: nothing; fails while a trigger still uses the
--       function.

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- now() is the transaction's time: all rows of one change carry one stamp, and a row written
    -- and changed in one transaction keeps updated_at = created_at.
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION touch_updated_at() IS
'BEFORE UPDATE row trigger: sets updated_at to the transaction''s time, whatever the caller wrote.';

CREATE FUNCTION empty_column() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], NULL));
END;
$$;

COMMENT ON FUNCTION empty_column() IS
'BEFORE row trigger; argument: the column that becomes NULL, as the end of what goes on again.';
