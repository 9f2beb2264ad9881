DROP TABLE schools;
DROP FUNCTION require_known_timezone();
