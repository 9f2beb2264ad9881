DROP TRIGGER classes_fill_new_places ON classes;
DROP FUNCTION fill_new_places();
DROP FUNCTION fill_free_places();
DROP FUNCTION promote_from_waitlist(integer);
