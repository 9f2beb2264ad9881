DROP FUNCTION forget_user(uuid);
DROP FUNCTION unname_trail(users, uuid);
