DROP TRIGGER assignments_recheck_lateness ON assignments;
DROP TABLE assignment_submissions;
DROP FUNCTION my_open_assignment_ids();
DROP FUNCTION my_class_assignment_ids();
DROP FUNCTION recheck_lateness();
DROP FUNCTION check_assignment_submission();
