DROP FUNCTION fit_row_to_student();
