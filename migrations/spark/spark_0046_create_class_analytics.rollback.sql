DROP TABLE class_analytics;
