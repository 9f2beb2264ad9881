DROP TABLE submissions;
DROP FUNCTION note_moved_submission();
DROP FUNCTION may_submit(uuid, uuid);
DROP FUNCTION complete_submission();
