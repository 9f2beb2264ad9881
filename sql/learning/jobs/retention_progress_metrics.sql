-- schedule: 25 1 * * *
-- why: metrics are kept five years, then whole months move to progress_metrics_archive;
--      holds progress_metrics, users and learning_sessions
--      exclusively for an instant, in a quiet moment
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT * FROM retire_months(
    'progress_metrics', 'progress_metrics_archive', retention_start('progress_metrics')
);
