DROP TABLE learning_sessions;
