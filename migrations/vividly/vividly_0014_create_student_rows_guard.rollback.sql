DROP FUNCTION require_role();
DROP FUNCTION require_student();
DROP FUNCTION fit_row_to_student();
