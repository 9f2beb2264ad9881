ALTER TABLE students DROP CONSTRAINT students_medical_notes_kept_once_check;
ALTER TABLE students DROP COLUMN medical_key_id;
ALTER TABLE students DROP COLUMN medical_notes_cipher;
DROP TRIGGER students_notes_are_sealed ON students;
DROP TABLE medical_keys;
DROP FUNCTION medical_notes_protection();
DROP FUNCTION read_medical_notes(integer);
DROP FUNCTION seal_medical_notes();
DROP FUNCTION pgcrypto_schema();
