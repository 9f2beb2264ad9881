-- what: each child of the caller: level, streak, the last seven days, what is due next; needs
--       app.user_id
-- source: service query
-- budget_ms: 100
-- person: 5ca1e011-0000-4000-8000-000001000701
SELECT * FROM my_children_overview() AS c ORDER BY c.first_name, c.student_id;
