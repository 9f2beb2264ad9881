-- schedule: 5 1 * * *
-- after: create_partitions_ahead
-- why: session_data is kept six months, then its numbers go to progress_metrics; 1,000 a run
-- timeout: 10min
-- transaction: yes
-- retries: 2
SELECT * FROM fold_session_data(now() - interval '6 months');
