DROP TRIGGER student_progress_empties_keys ON student_progress;
DROP TRIGGER student_progress_frees_keys ON student_progress;
DROP TRIGGER student_progress_keeps_key ON student_progress;
DROP TRIGGER student_progress_takes_keys ON student_progress;
DROP FUNCTION free_progress_keys();
DROP FUNCTION keep_progress_key();
DROP FUNCTION take_progress_keys();
DROP TABLE student_progress_keys;
