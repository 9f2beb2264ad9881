-- what: requests answered from the cache, by day in UTC, whatever the session's time zone
-- why: printed, its days are those of the connection's time zone, and deleted requests count
-- source: the document; DEVIATIONS V12, V14
-- budget_ms: 200
-- params: window = '30 days'
-- person: user_scale_ops
-- scale_params: window = '30 days'

SELECT
    date_trunc('day', created_at, 'UTC') AS date,
    count(*) AS total_requests,
    count(*) FILTER (WHERE cache_hit) AS cache_hits,
    round(100.0 * count(*) FILTER (WHERE cache_hit) / count(*), 2) AS cache_hit_rate_percent
FROM content_requests
WHERE created_at >= now() - CAST('30 days' AS interval)
    AND status IN ('fast_path_ready', 'completed')
    AND deleted_at IS NULL
GROUP BY date_trunc('day', created_at, 'UTC')
ORDER BY date DESC;
