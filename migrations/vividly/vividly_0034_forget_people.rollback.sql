DROP TRIGGER users_are_forgotten_in_the_trail ON users;
DROP FUNCTION forget_in_trail();
DROP TRIGGER users_are_forgotten ON users;
DROP FUNCTION forget_person();
DROP FUNCTION trail_tables();
DROP FUNCTION names_of(users);
DROP FUNCTION without_names(jsonb, text[], text);
