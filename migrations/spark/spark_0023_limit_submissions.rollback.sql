DROP TRIGGER submissions_empty_keys ON submissions;
DROP TRIGGER submissions_free_key ON submissions;
DROP TRIGGER submissions_move_key ON submissions;
DROP TRIGGER submissions_take_key ON submissions;
DROP TABLE submission_keys;
DROP FUNCTION free_submission_key();
DROP FUNCTION move_submission_key();
DROP FUNCTION refuse_taken_key(uuid, uuid, uuid, boolean);
DROP FUNCTION take_submission_key();
