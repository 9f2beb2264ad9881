DROP TRIGGER users_keep_what_depends_on_them ON users;
DROP FUNCTION guard_role_change();
