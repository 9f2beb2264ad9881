DROP TRIGGER assignments_recheck_lateness ON assignments;
DROP TABLE assignment_submissions;
DROP FUNCTION recheck_lateness();
DROP FUNCTION check_assignment_submission();
