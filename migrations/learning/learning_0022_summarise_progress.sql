-- depends: learning_0021_search_materials
-- Why:  long-term analytics without reading every row each time, archived months included. A
--       materialized view knows no row security, so people get neither of the two, only views that
--       show their own share.
-- Lock: none, only new objects. Rollback loses: nothing that the tables do not have.

CREATE MATERIALIZED VIEW progress_by_period AS
SELECT
    m.user_id,
    p.time_period,
    date_trunc(p.unit, m.recorded_at, 'UTC') AS period_start,
    coalesce(m.subject_area, '') AS subject_area,
    m.metric_type,
    count(*) AS measurements,
    avg(m.metric_value) AS average_value,
    min(m.metric_value) AS lowest_value,
    max(m.metric_value) AS highest_value
FROM (
    SELECT user_id, recorded_at, subject_area, metric_type, metric_value, time_period,
        aggregation_type
    FROM progress_metrics
    UNION ALL
    SELECT user_id, recorded_at, subject_area, metric_type, metric_value, time_period,
        aggregation_type
    FROM progress_metrics_archive
) AS m
CROSS JOIN (VALUES ('weekly', 'week'), ('monthly', 'month')) AS p (time_period, unit)
-- Single measurements only: a row that sums up a period would count its parts twice.
WHERE m.time_period IS NULL AND m.aggregation_type IS DISTINCT FROM 'completion'
GROUP BY m.user_id, p.time_period, p.unit, date_trunc(p.unit, m.recorded_at, 'UTC'), m.subject_area,
    m.metric_type;

COMMENT ON MATERIALIZED VIEW progress_by_period IS
'Progress by user and period: one row per user, week or month, subject and metric, from all '
'measurements ever kept.';
COMMENT ON COLUMN progress_by_period.period_start IS
'First moment of the week (Monday) or month, UTC.';
COMMENT ON COLUMN progress_by_period.subject_area IS 'Empty when the measurement named none.';

-- REFRESH … CONCURRENTLY needs a unique index; this order also serves one user's periods. Nobody
-- uses the view yet.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX progress_by_period_key
ON progress_by_period (user_id, time_period, period_start, subject_area, metric_type);

CREATE MATERIALIZED VIEW asset_quality AS
WITH every_interaction AS (
    SELECT generated_asset_id, is_correct, response_time_ms, confidence_level
    FROM interactions
    UNION ALL
    SELECT generated_asset_id, is_correct, response_time_ms, confidence_level
    FROM interactions_archive
),

uses AS (
    SELECT
        i.generated_asset_id,
        count(*) AS interactions,
        count(i.is_correct) AS answers,
        avg(i.is_correct::integer) AS share_correct,
        avg(i.response_time_ms) AS mean_response_ms,
        avg(i.confidence_level) AS mean_confidence
    FROM every_interaction AS i
    GROUP BY i.generated_asset_id
),

opinions AS (
    SELECT
        f.generated_asset_id,
        count(f.rating) AS ratings,
        avg(f.rating) AS mean_rating,
        count(*) FILTER (WHERE f.feedback_type = 'report') AS reports
    FROM user_feedback AS f
    GROUP BY f.generated_asset_id
)

SELECT
    a.id AS generated_asset_id,
    a.study_material_id,
    m.user_id,
    a.asset_type,
    a.generation_model,
    a.quality_score,
    coalesce(u.interactions, 0) AS interactions,
    coalesce(u.answers, 0) AS answers,
    u.share_correct,
    u.mean_response_ms,
    u.mean_confidence,
    coalesce(o.ratings, 0) AS ratings,
    o.mean_rating,
    coalesce(o.reports, 0) AS reports
FROM generated_assets AS a
INNER JOIN study_materials AS m ON m.id = a.study_material_id
LEFT JOIN uses AS u ON u.generated_asset_id = a.id
LEFT JOIN opinions AS o ON o.generated_asset_id = a.id;

COMMENT ON MATERIALIZED VIEW asset_quality IS
'How each asset does: use, correctness, time and ratings over all interactions and feedback ever '
'kept.';
COMMENT ON COLUMN asset_quality.user_id IS 'Owner of the material.';
COMMENT ON COLUMN asset_quality.quality_score IS 'The score the asset carries, 0 to 1.';
COMMENT ON COLUMN asset_quality.answers IS 'Interactions that were right or wrong.';
COMMENT ON COLUMN asset_quality.share_correct IS '0 to 1.';
COMMENT ON COLUMN asset_quality.mean_response_ms IS 'Milliseconds.';
COMMENT ON COLUMN asset_quality.mean_confidence IS '0 to 1.';
COMMENT ON COLUMN asset_quality.mean_rating IS 'Stars, 1 to 5.';

-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX asset_quality_key ON asset_quality (generated_asset_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX asset_quality_user_id_idx ON asset_quality (user_id, study_material_id);

-- Serves the list of assets to improve, worst first.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX asset_quality_to_improve_idx
ON asset_quality (reports DESC, mean_rating, share_correct, generated_asset_id)
WHERE reports > 0 OR mean_rating < 3 OR (answers >= 3 AND share_correct < 0.4);

CREATE VIEW my_progress_by_period WITH (security_barrier = true) AS
SELECT * FROM progress_by_period WHERE user_id = (SELECT current_user_id());

COMMENT ON VIEW my_progress_by_period IS 'progress_by_period of the current user.';

CREATE VIEW my_asset_quality WITH (security_barrier = true) AS
SELECT * FROM asset_quality WHERE user_id = (SELECT current_user_id());

COMMENT ON VIEW my_asset_quality IS 'asset_quality of the current user''s materials.';

GRANT SELECT ON my_progress_by_period, my_asset_quality TO authenticated_users;
-- Both may see every user's rows anyway.
SELECT core.grant_to_own('SELECT ON progress_by_period, asset_quality', 'service', 'reader');
