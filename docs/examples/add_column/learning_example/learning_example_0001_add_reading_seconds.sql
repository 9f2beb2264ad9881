-- Why:  chunks should say how long they take to read. First of three steps: the column, and a default for new rows
--       only. ADD COLUMN … DEFAULT in one statement would be as quick, but would give every old row the same number.
--       A product's own migrations name no schema. This example stands beside the product and must.
-- Lock: brief on content_chunks; no row is touched. Rollback loses: every reading time.

ALTER TABLE learning.content_chunks ADD COLUMN reading_seconds integer;

ALTER TABLE learning.content_chunks ALTER COLUMN reading_seconds SET DEFAULT 60;

COMMENT ON COLUMN learning.content_chunks.reading_seconds IS
'Seconds to read it at 200 words a minute; 60 until it is known.';
