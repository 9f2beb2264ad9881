DROP TABLE submissions;
DROP FUNCTION may_submit(uuid, uuid);
DROP FUNCTION complete_submission();
