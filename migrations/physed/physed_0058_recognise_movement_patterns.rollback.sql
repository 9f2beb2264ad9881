DROP TABLE movement_patterns;
DROP TABLE movement_pattern_types;
DROP FUNCTION take_student_of_analysis();
DROP FUNCTION movement_patterns_pattern_data_fits(jsonb);
