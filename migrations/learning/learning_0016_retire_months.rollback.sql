DROP FUNCTION delete_inactive_interactions(timestamptz, integer);
DROP FUNCTION compress_archive(regclass);
DROP FUNCTION retire_months(regclass, regclass, timestamptz, interval);
DROP FUNCTION release_feedback(timestamptz);
