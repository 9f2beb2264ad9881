DROP FUNCTION is_person(regclass);
DROP FUNCTION may_read_audit();
DROP FUNCTION staff_from_number();
DROP FUNCTION staff_from_time();
DROP FUNCTION staff_to();
DROP FUNCTION staff_from();
