DROP VIEW my_asset_quality;
DROP VIEW my_progress_by_period;
DROP MATERIALIZED VIEW asset_quality;
DROP MATERIALIZED VIEW progress_by_period;
