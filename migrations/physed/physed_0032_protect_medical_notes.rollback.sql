DROP TRIGGER students_notes_are_sealed ON students;
DROP FUNCTION medical_notes_protection();
DROP FUNCTION seal_old_notes(integer);
DROP FUNCTION missing_medical_readings();
DROP FUNCTION read_medical_notes(integer);
DROP SEQUENCE medical_notes_readings;
DROP FUNCTION seal_medical_notes();
