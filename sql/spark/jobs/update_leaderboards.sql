-- documented: update-leaderboards
-- schedule: 0 * * * *
-- why: the class summary of the hour; readers are not blocked. The boards have a job of their own,
--      rebuild_leaderboards
-- timeout: 10min
-- transaction: yes
-- retries: 2
REFRESH MATERIALIZED VIEW CONCURRENTLY class_performance_summary;
