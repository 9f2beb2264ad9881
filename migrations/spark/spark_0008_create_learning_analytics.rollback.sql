DROP TABLE learning_analytics;
