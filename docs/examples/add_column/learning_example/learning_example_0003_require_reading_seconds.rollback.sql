ALTER TABLE learning.content_chunks ADD CONSTRAINT content_chunks_reading_seconds_present_check
CHECK (reading_seconds IS NOT NULL) NOT VALID;

ALTER TABLE learning.content_chunks ALTER COLUMN reading_seconds DROP NOT NULL;
