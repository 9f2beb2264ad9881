-- documented: weekly-maintenance
-- schedule: 0 3 * * 0
-- why: the busiest tables get fresh statistics on their parents too, which autovacuum never
--      analyses
-- timeout: 2h
-- transaction: no
-- retries: 1
VACUUM (ANALYZE) student_progress, submissions, user_notifications;
