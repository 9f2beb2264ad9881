-- schedule: */30 * * * *
-- why: class and student reports are as old as their last refresh (the document)
-- timeout: 10min
-- transaction: yes
-- retries: 2

SELECT * FROM refresh_reports();
