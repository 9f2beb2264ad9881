-- schedule: 30 3 * * *
-- after: retention_inactive_users, purge_deleted_users
-- why: asset quality is read from a summary; readers go on while it is refreshed
-- timeout: 30min
-- transaction: yes
-- retries: 1
REFRESH MATERIALIZED VIEW CONCURRENTLY asset_quality;
