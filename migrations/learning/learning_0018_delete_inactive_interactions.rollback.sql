DROP FUNCTION delete_inactive_interactions(timestamptz, integer);
