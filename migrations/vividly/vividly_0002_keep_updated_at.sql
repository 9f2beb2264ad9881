-- depends: vividly_0001_open_schema
-- Why:  the document attaches this function by name to every table with updated_at
--       (DEVIATIONS B2).
-- Lock: none, only new objects. Rollback loses: nothing; fails while a trigger still uses the
--       function.

CREATE FUNCTION update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- The transaction's time: all rows of one change carry one stamp.
    NEW.updated_at := CURRENT_TIMESTAMP;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION update_updated_at_column() IS
'BEFORE UPDATE row trigger: sets updated_at to the transaction''s time, whatever the caller '
'wrote.';
