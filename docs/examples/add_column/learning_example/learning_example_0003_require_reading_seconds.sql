-- depends: learning_example_0002_backfill_reading_seconds
-- Why:  the column is complete and shall stay so. VALIDATE reads every row while writers go on; NOT NULL then takes
--       its word and reads none.
-- Lock: SHARE UPDATE EXCLUSIVE on content_chunks while rows are read, then brief. Rollback loses: nothing.

ALTER TABLE learning.content_chunks VALIDATE CONSTRAINT content_chunks_reading_seconds_present_check;

ALTER TABLE learning.content_chunks ALTER COLUMN reading_seconds SET NOT NULL;

ALTER TABLE learning.content_chunks DROP CONSTRAINT content_chunks_reading_seconds_present_check;
