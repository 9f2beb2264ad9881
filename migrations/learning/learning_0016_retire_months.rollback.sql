DROP FUNCTION retire_months(regclass, regclass, timestamptz, interval);
DROP FUNCTION release_feedback(timestamptz);
