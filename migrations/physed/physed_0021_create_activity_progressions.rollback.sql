DROP TABLE activity_progressions;
