DROP TABLE pe_activity_preferences;
