DROP TABLE safety_checks;
DROP FUNCTION is_safety_checked(integer, date);
