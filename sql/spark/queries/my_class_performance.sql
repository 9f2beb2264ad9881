-- what: the hourly summary of the classes the caller teaches or runs; needs app.user_id
-- source: service query
-- budget_ms: 50
SELECT * FROM my_class_performance();
