-- schedule: 15 1 * * *
-- after: session_data_aggregation
-- why: interactions are kept one year, then whole months move to interactions_archive;
--      holds interactions, users, learning_sessions, generated_assets
--      and user_feedback exclusively for an instant, in a quiet moment
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT * FROM retire_months(
    'interactions', 'interactions_archive', retention_start('interactions')
);
