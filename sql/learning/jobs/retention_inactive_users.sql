-- schedule: 30 1 * * *
-- after: session_data_aggregation
-- why: interactions of inactive users are kept six months; up to 50,000 rows a run
-- timeout: 10min
-- transaction: yes
-- retries: 2
SELECT * FROM delete_inactive_interactions(now() - interval '6 months');
