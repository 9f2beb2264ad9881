-- schedule: 30 4 * * 0
-- why: the fourth statement of weekly_maintenance; it cannot share a command with the others. A run
--      that was interrupted leaves invalid indexes with _ccnew in their names: drop them, then run
--      again
-- timeout: 2h
-- transaction: no
-- retries: 1
REINDEX INDEX CONCURRENTLY idx_student_progress_student;
