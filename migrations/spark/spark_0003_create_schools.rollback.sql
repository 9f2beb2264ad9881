DROP FUNCTION require_known_timezone();
DROP TABLE schools;
