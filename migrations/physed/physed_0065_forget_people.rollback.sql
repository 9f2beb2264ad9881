DROP FUNCTION forget_user(uuid);
DROP FUNCTION forget_student(integer);
DROP FUNCTION archives_with(text);
