-- what: as the document prints it; what it does wrong is told in sql/vividly/DEVIATIONS.md
-- source: the document, line 950

SELECT
    DATE_TRUNC('day', created_at) AS date,
    COUNT(*) AS total_requests,
    SUM(CASE WHEN cache_hit = true THEN 1 ELSE 0 END) AS cache_hits,
    ROUND(
        100.0 * SUM(CASE WHEN cache_hit = true THEN 1 ELSE 0 END) / COUNT(*),
        2
    ) AS cache_hit_rate_percent
FROM content_requests
WHERE created_at >= NOW() - INTERVAL '30 days'
  AND status IN ('fast_path_ready', 'completed')
GROUP BY DATE_TRUNC('day', created_at)
ORDER BY date DESC;
