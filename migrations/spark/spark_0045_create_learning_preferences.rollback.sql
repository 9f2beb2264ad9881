DROP TABLE learning_preferences;
