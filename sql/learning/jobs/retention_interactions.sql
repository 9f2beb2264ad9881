-- schedule: 15 1 * * *
-- after: session_data_aggregation
-- why: interactions are kept one year, then whole months move to interactions_archive
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT * FROM retire_months(
    'interactions', 'interactions_archive', retention_start('interactions')
);
