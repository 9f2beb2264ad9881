DROP FUNCTION erase_person(uuid, uuid);
DROP TRIGGER users_forget_people ON users;
DROP TRIGGER users_forget_actor ON users;
DROP FUNCTION forget_person(text, jsonb, text, uuid);
DROP FUNCTION forget_people();
DROP FUNCTION forget_actor();
