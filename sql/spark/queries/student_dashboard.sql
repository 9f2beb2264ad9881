-- what: the caller's first screen: level, streak, what to go on with, what is due, what is new;
--       needs app.user_id
-- source: service query
-- budget_ms: 50
-- person: 5ca1e011-0000-4000-8000-000001000001
SELECT * FROM my_dashboard();
