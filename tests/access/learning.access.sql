-- What was archived: a metric and an interaction of each of the two who learn, and a line of the trail.
SELECT create_month_partitions(t.name::regclass, 0, 0, '2025-01-10'::timestamptz)
FROM unnest(ARRAY['interactions', 'progress_metrics', 'audit_logs']) AS t (name);
INSERT INTO progress_metrics (user_id, metric_type, metric_value, recorded_at)
SELECT u.id, 'accuracy', 0.5, '2025-01-10'
FROM users AS u
WHERE u.id IN ('10000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002');
INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data, created_at)
SELECT DISTINCT ON (s.user_id) s.id, s.user_id, 'view', '{}'::jsonb, '2025-01-10'::timestamptz
FROM learning_sessions AS s
ORDER BY s.user_id, s.id;
INSERT INTO audit_logs (action, entity_type, created_at) VALUES ('export', 'users', '2025-01-10');
SELECT retire_months('interactions', 'interactions_archive', '2025-02-01');
SELECT retire_months('progress_metrics', 'progress_metrics_archive', '2025-02-01');
SELECT retire_months('audit_logs', 'audit_logs_archive', '2025-02-01');
