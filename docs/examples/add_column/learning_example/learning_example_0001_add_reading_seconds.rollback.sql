ALTER TABLE learning.content_chunks DROP COLUMN reading_seconds;
