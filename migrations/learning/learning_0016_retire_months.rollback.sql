DROP FUNCTION delete_inactive_interactions(timestamptz, integer);
DROP FUNCTION retire_months(regclass, regclass, timestamptz, interval);
DROP FUNCTION attach_to_archive(regclass, regclass, timestamptz, timestamptz);
