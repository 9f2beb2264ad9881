-- depends: physed_0002_identify_caller
-- Why:  two people edit one row and the second save silently undoes the first (the document asks
--       for optimistic locking with version columns, DEVIATIONS P43).
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION bump_version() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Three ways to write are right: leave version alone and compare it in WHERE, send back the
    -- version that was read, or (as most mappers do) send it plus one and compare in WHERE.
    IF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
        RAISE EXCEPTION '% % was changed meanwhile: it is at version %, not %',
            TG_TABLE_NAME, OLD.id, OLD.version, NEW.version
            USING ERRCODE = 'serialization_failure', TABLE = TG_TABLE_NAME, COLUMN = 'version',
            HINT = 'Read the row again, repeat the change, and send the version you read.';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION bump_version() IS
'BEFORE UPDATE row trigger: counts version up by one; refuses a stale version with 40001.';
