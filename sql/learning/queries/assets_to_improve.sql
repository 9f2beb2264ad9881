-- what: assets that learners rate low, report, or mostly get wrong, as of the last refresh
-- source: service query
-- budget_ms: 100
-- person: learning_service a5ca1e01-0000-4000-8000-000001000000
SELECT
    q.generated_asset_id,
    q.asset_type,
    q.generation_model,
    q.answers,
    q.share_correct,
    q.mean_rating,
    q.reports
FROM asset_quality AS q
WHERE q.reports > 0 OR q.mean_rating < 3 OR (q.answers >= 3 AND q.share_correct < 0.4)
ORDER BY q.reports DESC, q.mean_rating NULLS LAST, q.share_correct, q.generated_asset_id
LIMIT 50;
