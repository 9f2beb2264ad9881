DROP FUNCTION erase_person(uuid);
DROP FUNCTION erase_person(integer);
DROP FUNCTION erase_person(text);
DROP FUNCTION forget_user(uuid);
DROP FUNCTION forget_student(integer);
DROP FUNCTION archives_with(text);
