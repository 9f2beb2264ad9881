-- schedule: 0 6 * * 0
-- why: the triggers keep the counts; this finds what was written past them, and normally nothing
-- timeout: 10min
-- transaction: yes
-- retries: 1

SELECT recount_content_usage() AS videos_corrected;
