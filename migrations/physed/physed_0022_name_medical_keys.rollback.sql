DROP TABLE medical_keys;
DROP FUNCTION pgcrypto_schema();
