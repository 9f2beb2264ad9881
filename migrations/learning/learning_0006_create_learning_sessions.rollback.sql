DROP TABLE learning_sessions;
DROP FUNCTION end_with_the_start();
