-- depends: vividly_0037_follow_pipeline
-- Why:  TRUNCATE fires no DELETE trigger, and would leave the counts of all that is gone.
-- Lock: brief on student_progress and feedback (new triggers). Rollback loses: nothing.

-- SECURITY DEFINER: the counts move whoever empties a table.
CREATE FUNCTION count_truncation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- All, not only those that count: a snapshot that is too old fails with 40001.
    IF TG_TABLE_NAME = 'student_progress' THEN
        UPDATE generated_content AS gc SET view_count = 0, completion_count = 0;
    ELSE
        UPDATE generated_content AS gc
        SET rating_count = 0, rating_sum = 0, average_rating = NULL;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_truncation() IS
'AFTER TRUNCATE trigger of student_progress and feedback: no row is left to count.';

CREATE TRIGGER student_progress_counts_truncation
AFTER TRUNCATE ON student_progress
FOR EACH STATEMENT EXECUTE FUNCTION count_truncation();
CREATE TRIGGER feedback_counts_truncation
AFTER TRUNCATE ON feedback
FOR EACH STATEMENT EXECUTE FUNCTION count_truncation();
