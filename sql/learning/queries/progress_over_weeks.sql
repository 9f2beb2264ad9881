-- what: a learner's weekly mean of each metric, and the change from the week before
-- source: service query
-- budget_ms: 100
-- params: learner_id = '10000000-0000-4000-8000-000000000001', weeks = 12
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: learner_id = 'a5ca1e01-0000-4000-8000-000001000000', weeks = 12
SELECT
    w.week,
    w.metric_type,
    w.measurements,
    w.mean_value,
    w.mean_value - lag(w.mean_value) OVER (PARTITION BY w.metric_type ORDER BY w.week) AS change
FROM (
    SELECT
        date_trunc('week', p.recorded_at, 'UTC') AS week,
        p.metric_type,
        count(*) AS measurements,
        avg(p.metric_value) AS mean_value
    FROM progress_metrics AS p
    WHERE p.user_id = '10000000-0000-4000-8000-000000000001'
        AND p.recorded_at >= date_trunc('week', now(), 'UTC') - 12 * interval '1 week'
        AND p.time_period IS NULL AND p.aggregation_type IS DISTINCT FROM 'completion'
    GROUP BY 1, 2
) AS w
ORDER BY w.metric_type, w.week;
