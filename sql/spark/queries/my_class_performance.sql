-- what: the hourly summary of the classes the caller teaches or runs; needs app.user_id
-- source: service query
-- budget_ms: 50
-- person: 5ca1e011-0000-4000-8000-000001000502
SELECT * FROM my_class_performance();
