DROP TRIGGER students_notes_are_sealed ON students;
DROP FUNCTION medical_notes_protection();
DROP FUNCTION read_medical_notes(integer);
DROP FUNCTION seal_medical_notes();
