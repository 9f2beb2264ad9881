DROP TABLE assignments;
DROP TYPE assignment_type;
