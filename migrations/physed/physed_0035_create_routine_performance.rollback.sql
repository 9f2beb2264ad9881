DROP TABLE routine_performance;
