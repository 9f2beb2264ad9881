DROP TABLE user_feedback;
DROP FUNCTION complete_feedback();
