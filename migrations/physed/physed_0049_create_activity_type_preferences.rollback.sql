DROP TABLE student_activity_preferences;
DROP FUNCTION tidy_activity_preference();
